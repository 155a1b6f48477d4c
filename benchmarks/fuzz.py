"""Asks the simulator what the description allows, and much that it does not, and looks at what it answers.

    python -m benchmarks.fuzz --max-examples 500 --include-path /v1/responses

Schemathesis makes the requests from `openapi/xai.json`, told which models and ids there are, so that they get beyond a
404. No reply may be a 5xx, or one that the description does not have: its status, its headers, its content type and the
schema of its body. Arguments go to `schemathesis run`. The status is 1 when something was found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xai_httpx import XAI
from xai_httpx.batches import chat_request
from xai_httpx.testing import SimulatedXAI

DESCRIPTION = Path(__file__).parents[1] / "openapi" / "xai.json"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
KEY = "xai-simulated-key"
MODELS = {"Embedding": "grok-embedding-small", "Image": "grok-imagine-image", "Video": "grok-imagine-video"}
LANGUAGE_MODEL = "grok-code-fast-1"
STREAMS = {"/v1/chat/completions": "ChatCompletionRequest", "/v1/responses": "ResponseRequest"}
SKILL = b"---\nname: notes\ndescription: Takes notes.\n---\nTake notes."
STORED = 20  # of each kind, for some are deleted while it runs


def main() -> int:
    """Run it and return the exit status of schemathesis."""
    with SimulatedXAI(api_key=KEY, management_key=KEY) as sim, TemporaryDirectory() as folder:
        with sim.sync_client() as client:
            told = narrowed(json.loads(DESCRIPTION.read_bytes()), stored(client))
        Path(folder, "xai.json").write_text(json.dumps(told))
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", "xai.json", "--url", sim.base_url.removesuffix("/v1")),
            *("--header", f"Authorization: Bearer {KEY}", "--checks", ",".join(CHECKS)),
            *("--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off", "--seed", "1"),
            *sys.argv[1:],
        ]
        quiet = os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": folder}
        return subprocess.run(command, cwd=folder, env=quiet, check=False).returncode


def stored(client: XAI) -> dict[str, list[str]]:
    """Store things of each kind, and return their ids by where they are found."""
    user: Any = {"role": "user", "content": "Hello"}
    collection = client.collections.create(collection_name="notes").collection_id
    documents = [client.files.create(file=("notes.txt", b"Some text")).id for _ in range(STORED)]
    for document in documents:
        client.collections.documents.add(collection, document)
    makers: dict[str, Callable[[], str]] = {
        "/v1/responses/{response_id}": lambda: client.responses.create(model=LANGUAGE_MODEL, input="Hello").id,
        "/v1/chat/deferred-completion/{request_id}": lambda: (
            client.chat.completions.defer(model=LANGUAGE_MODEL, messages=[user]).request_id
        ),
        "/v1/images/{request_id}": lambda: client.images.defer_generate(prompt="A cat").request_id,
        "/v1/videos/{request_id}": lambda: client.videos.start(prompt="A cat").request_id,
        "/v1/files/{file_id}": lambda: client.files.create(file=("notes.txt", b"Some text")).id,
        "/v1/batches/{batch_id}": lambda: (
            client.batches.create(
                name="nightly", requests=[chat_request("one", model=LANGUAGE_MODEL, messages=[user])]
            ).batch_id
        ),
        "/v1/skills/{skill_id}": lambda: client.skills.create(files=[("SKILL.md", SKILL)]).id,
        "/v1/collections/{collection_id}": lambda: client.collections.create(collection_name="more").collection_id,
    }
    return {place: [make() for _ in range(STORED)] for place, make in makers.items()} | {
        "/v1/collections/{collection_id}/documents": [collection],
        "/v1/collections/{collection_id}/documents/{file_id}": documents,
        "/v1/models/{model_id}": [LANGUAGE_MODEL, *MODELS.values()],
        "/v1/language-models/{model_id}": [LANGUAGE_MODEL],
        "/v1/embedding-models/{model_id}": [MODELS["Embedding"]],
        "/v1/image-generation-models/{model_id}": [MODELS["Image"]],
        "/v1/video-generation-models/{model_id}": [MODELS["Video"]],
    }


def narrowed(description: Any, ids: dict[str, list[str]]) -> Any:
    """Tell in a description which models and ids there are, and what a stream looks like."""
    schemas = description["components"]["schemas"]
    for name in (name for name in schemas if name.endswith("Request")):
        if "model" in (members := schemas[name].get("properties", {})):
            members["model"]["enum"] = [next((MODELS[word] for word in MODELS if word in name), LANGUAGE_MODEL)]
    for place, known in ids.items():
        name = place.rpartition("{")[2].partition("}")[0]
        for path in (path for path in description["paths"] if path.startswith(place)):
            for parameter in parameters(description["paths"][path]):
                if parameter["name"] == name:
                    parameter["schema"] = {"enum": known}
    for path, request in STREAMS.items():
        schemas[request]["required"].append("stream")  # half of the requests stream, else hardly any would
        schemas[request]["properties"]["stream"] = {"type": "boolean"}
        stream = description["paths"][path]["post"]["responses"]["200"]["content"]["text/event-stream"]
        stream["schema"] = server_sent(stream["schema"])
    return description


def server_sent(event: Any) -> Any:
    """Describe what is sent for an event: schemathesis looks at `data`, where the description tells what is in it."""
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": event}
    return {"type": "object", "properties": {"data": {"anyOf": [{"const": "[DONE]"}, data]}}, "required": ["data"]}


def parameters(item: Any) -> Iterator[Any]:
    """Find the parameters of a path and of its operations."""
    yield from item.get("parameters", ())
    for method in item.keys() & {"get", "post", "put", "patch", "delete"}:
        yield from item[method].get("parameters", ())


if __name__ == "__main__":
    sys.exit(main())
