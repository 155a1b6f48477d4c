"""A mock server that knows an OpenAPI description and nothing else: it refuses what that does not allow, and answers
with what it promises."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from xai_httpx.testing._brain.schema_instances import draft_of

ROOT = Path(__file__).parents[1]
PUBLISHED = json.loads((ROOT / "openapi" / "published.json").read_text())
COMPOSED = json.loads((ROOT / "openapi" / "xai.json").read_text())
METHODS = ("get", "post", "put", "patch", "delete")


def operations(description: dict[str, Any]) -> set[str]:
    """`POST /v1/embeddings` and so on."""
    return {
        f"{method.upper()} {path}"
        for path, item in description["paths"].items()
        for method in METHODS
        if method in item
    }


class ValidatingServer:
    """Answers for a description; `made` holds the operations that were called.

    Args:
        published: Whether for the one that xAI publishes, or for ours.
        full: Whether replies have every member that is described, or those alone that are required.
    """

    def __init__(self, *, published: bool, full: bool) -> None:
        self.made: list[str] = []
        self._description, self._openapi = _readable(published)
        self._full = full

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        content = b"".join([piece async for piece in request.stream])  # aread() gives what the request was made with
        asked = MockRequest(
            f"{request.url.scheme}://{request.url.host}",
            request.method.lower(),
            request.url.raw_path.decode().partition("?")[0],
            args={name: request.url.params.get_list(name) for name in request.url.params},
            headers=dict(request.headers),
            data=content or None,
            content_type=request.headers.get("content-type", ""),
        )
        try:
            self._openapi.validate_request(asked)
        except OpenAPIError as error:
            return httpx.Response(400, json={"code": "invalid-argument", "error": f"{error}: {error.__cause__!r}"})
        template = self._template(asked.path)
        self.made.append(f"{request.method} {template}")
        replies = self._description["paths"][template][request.method.lower()]["responses"]
        kind, schema = next(iter(replies["200"].get("content", {"application/json": {"schema": {}}}).items()))
        if kind != "application/json":
            return httpx.Response(200, content=b"\x00\xffbytes", headers={"content-type": kind})
        schema = {**schema["schema"], "components": self._description["components"]}
        return httpx.Response(200, json=draft_of(_all_required(schema) if self._full else schema))

    def _template(self, path: str) -> str:
        """The path as the description has it: the one with the most text of its own that fits."""
        fitting = [
            template
            for template in self._description["paths"]
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
        ]
        return max(fitting, key=lambda template: len(re.sub(r"\{\w+\}", "", template)))


@cache
def _readable(published: bool) -> tuple[dict[str, Any], OpenAPI]:
    if not published:
        return COMPOSED, OpenAPI.from_dict(COMPOSED)
    description = copy.deepcopy(PUBLISHED)
    description["servers"] = COMPOSED["servers"]
    _correct(description["components"]["schemas"])
    return description, OpenAPI.from_dict(description)


def _correct(schemas: dict[str, Any]) -> None:
    """Put right what is wrong in the structure that xAI publishes; openapi/overlay.yaml has the reasons."""
    schemas["EmbeddingInput"] = {}
    schemas["ModelResponse"]["properties"]["error"] = {"type": "null"}
    message = next(one for one in schemas["ModelInputPart"]["oneOf"] if "role" in one.get("properties", {}))
    message["properties"]["role"] = {"const": "user"}
    for name in ("UploadFileMultipartRequest", "UploadSkillMultipartRequest"):  # right, but the library reads forms
        schemas[name]["properties"] = {key: {} for key in schemas[name]["properties"]}  # as text and bytes


def _all_required(schema: Any) -> Any:
    """A schema of which every member has to be there."""
    if isinstance(schema, list):
        return [_all_required(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    required = {"required": list(schema["properties"])} if isinstance(schema.get("properties"), dict) else {}
    return {**{key: _all_required(value) for key, value in schema.items()}, **required}
