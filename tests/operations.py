"""One call of every method that makes a single operation, each with what the operation needs and a little more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xai_httpx.batches import chat_request

URL = "https://example.com/media"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
KEYFRAMES = [{"image": URL, "timestamp_s": 1.5}]
HI = [{"role": "user", "content": "hi"}]

# Of a sync client they return the result; of an async one what is to be awaited.
CALLS: dict[str, Callable[[Any], Any]] = {
    "account.api_key": lambda client: client.account.api_key(),
    "account.me": lambda client: client.account.me(),
    "batches.add": lambda client: client.batches.add("b", requests=[chat_request("1", model="m", messages=HI)]),
    "batches.cancel": lambda client: client.batches.cancel("team/batch:1"),
    "batches.create": lambda client: client.batches.create(name="b"),
    "batches.list": lambda client: client.batches.list(limit=2),
    "batches.list_requests": lambda client: client.batches.list_requests("b", limit=2),
    "batches.results": lambda client: client.batches.results("b", limit=2),
    "batches.retrieve": lambda client: client.batches.retrieve("b"),
    "complete.create": lambda client: client.complete.create(model="m", prompt="p", max_tokens_to_sample=5),
    "completions.create": lambda client: client.completions.create(model="m", prompt="p"),
    "messages.create": lambda client: client.messages.create(model="m", messages=HI, max_tokens=5),
    "chat.completions.create": lambda client: client.chat.completions.create(model="m", messages=HI, n=2),
    "chat.completions.retrieve_deferred": lambda client: client.chat.completions.retrieve_deferred("a/b"),
    "files.content": lambda client: client.files.content("f", format="text"),
    "files.create": lambda client: client.files.create(file=("a.txt", b"a"), purpose="x", expires_after=3600),
    "files.create_public_url": lambda client: client.files.create_public_url("f", expires_after=3600),
    "files.delete": lambda client: client.files.delete("f"),
    "files.list": lambda client: client.files.list(limit=2, order="asc", filter="size_bytes > 1"),
    "files.retrieve": lambda client: client.files.retrieve("f"),
    "files.revoke_public_url": lambda client: client.files.revoke_public_url("f"),
    "skills.content": lambda client: client.skills.content("s"),
    "skills.create": lambda client: client.skills.create(files=[("SKILL.md", b"---"), ("a.txt", b"a")]),
    "skills.delete": lambda client: client.skills.delete("s"),
    "skills.list": lambda client: client.skills.list(limit=2, order="asc"),
    "skills.retrieve": lambda client: client.skills.retrieve("s"),
    "collections.create": lambda client: client.collections.create(
        collection_name="c", field_definitions=[{"key": "k"}]
    ),
    "collections.delete": lambda client: client.collections.delete("c"),
    "collections.documents.add": lambda client: client.collections.documents.add("c", "f", fields={"k": "v"}),
    "collections.documents.batch_get": lambda client: client.collections.documents.batch_get("c", ["f", "g"]),
    "collections.documents.delete": lambda client: client.collections.documents.delete("c", "f"),
    "collections.documents.list": lambda client: client.collections.documents.list("c", limit=2, order="asc"),
    "collections.documents.reindex": lambda client: client.collections.documents.reindex("c", "f"),
    "collections.documents.retrieve": lambda client: client.collections.documents.retrieve("c", "f"),
    "collections.list": lambda client: client.collections.list(limit=2, order="asc", sort_by="name"),
    "collections.retrieve": lambda client: client.collections.retrieve("c"),
    "collections.update": lambda client: client.collections.update("c", collection_name="d"),
    "documents.search": lambda client: client.documents.search(query="q", source={"collection_ids": ["c"]}),
    "embeddings.create": lambda client: client.embeddings.create(model="m", input=["a", "b"], dimensions=8),
    "images.edit": lambda client: client.images.edit(model="m", prompt="p", images=[URL, PNG]),
    "images.generate": lambda client: client.images.generate(model="m", prompt="p", n=2, aspect_ratio="1:1"),
    "images.retrieve": lambda client: client.images.retrieve("i"),
    "videos.edit": lambda client: client.videos.edit(model="m", prompt="p", video=URL),
    "videos.extend": lambda client: client.videos.extend(model="m", prompt="p", video=URL, duration=3),
    "videos.retrieve": lambda client: client.videos.retrieve("v"),
    "videos.start": lambda client: client.videos.start(model="m", prompt="p", image=PNG, keyframes=KEYFRAMES),
    "models.embedding.list": lambda client: client.models.embedding.list(),
    "models.embedding.retrieve": lambda client: client.models.embedding.retrieve("m"),
    "models.image.list": lambda client: client.models.image.list(),
    "models.image.retrieve": lambda client: client.models.image.retrieve("m"),
    "models.language.list": lambda client: client.models.language.list(),
    "models.language.retrieve": lambda client: client.models.language.retrieve("m"),
    "models.list": lambda client: client.models.list(),
    "models.retrieve": lambda client: client.models.retrieve("m"),
    "models.video.list": lambda client: client.models.video.list(),
    "models.video.retrieve": lambda client: client.models.video.retrieve("m"),
    "responses.compact": lambda client: client.responses.compact(model="m", input=HI),
    "responses.create": lambda client: client.responses.create(model="m", input=HI, store=False),
    "responses.delete": lambda client: client.responses.delete("r"),
    "responses.input_items.list": lambda client: client.responses.input_items.list("r", limit=2, order="asc"),
    "responses.retrieve": lambda client: client.responses.retrieve("r"),
    "tokenizer.encode": lambda client: client.tokenizer.encode(model="m", text="hi"),
}
