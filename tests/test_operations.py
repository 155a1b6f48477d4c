"""Every operation of the description has a method, whose request and reply are as described."""

from __future__ import annotations

import tomllib
from operator import attrgetter
from typing import Any

import httpx
import pytest

from tests.operations import CALLS
from tests.validating import COMPOSED, PUBLISHED, ROOT, ValidatingServer, operations
from xai_httpx import XAI, AsyncXAI

pytestmark = pytest.mark.filterwarnings("ignore:.* is a legacy endpoint:DeprecationWarning")
PATHS: dict[str, Any] = tomllib.loads((ROOT / "openapi" / "paths.toml").read_text())
WRAPPED: dict[str, str] = {operation: method for operation, method in PATHS.items() if isinstance(method, str)}


def test_every_operation_is_wrapped_or_ignored_for_a_reason() -> None:
    assert operations(COMPOSED) == set(PATHS)
    for operation in set(PATHS) - set(WRAPPED):
        assert PATHS[operation].keys() == {"ignored"}, operation
        assert PATHS[operation]["ignored"]


@pytest.mark.parametrize("kind", [AsyncXAI, XAI])
def test_the_methods_are_there(kind: Any) -> None:
    client = kind(api_key="k", management_key="m")
    for method in WRAPPED.values():
        assert callable(attrgetter(method)(client)), method


def server_of(operation: str, *, full: bool) -> ValidatingServer:
    """One that knows what xAI publishes; of what it does not, our own description."""
    return ValidatingServer(published=operation in operations(PUBLISHED), full=full)


@pytest.mark.parametrize("full", [False, True], ids=["required", "full"])
@pytest.mark.parametrize("operation", WRAPPED)
async def test_a_server_that_knows_only_the_description_takes_the_request(operation: str, full: bool) -> None:
    server = server_of(operation, full=full)
    keys = {"api_key": "k", "management_key": "m"}
    async with (
        httpx.AsyncClient(transport=server.transport) as http,
        AsyncXAI(**keys, http_client=http, strict=full) as client,
    ):
        await CALLS[WRAPPED[operation]](client)
    assert server.made == [operation]


@pytest.mark.parametrize("operation", WRAPPED)
def test_so_it_does_of_the_sync_client(operation: str) -> None:
    server = server_of(operation, full=True)
    with XAI(
        api_key="k", management_key="m", http_client=httpx.AsyncClient(transport=server.transport), strict=True
    ) as client:
        CALLS[WRAPPED[operation]](client)
    assert server.made == [operation]


async def test_the_server_refuses_what_is_not_described() -> None:
    server = ValidatingServer(published=True, full=False)
    async with httpx.AsyncClient(transport=server.transport) as http:
        for path, body in (("/v1/nope", {}), ("/v1/tokenize-text", {"model": 7, "text": "x"})):
            assert (await http.post(f"https://api.x.ai{path}", json=body)).status_code == 400
    assert server.made == []


COMPOSED_OF_SEVERAL = """
chat.completions: stream parse defer wait_deferred
responses: stream parse
images: save
videos: generate wait save
files: upload_many download
models: catalogue select
batches: wait
collections: search
collections.documents: wait upload
skills: download
"""


@pytest.mark.parametrize("kind", [AsyncXAI, XAI])
def test_so_are_those_that_are_made_of_them(kind: Any) -> None:
    client = kind(api_key="k", management_key="m")
    for line in COMPOSED_OF_SEVERAL.strip().splitlines():
        resource, _, methods = line.partition(": ")
        for method in methods.split():
            assert callable(attrgetter(f"{resource}.{method}")(client)), f"{resource}.{method}"
