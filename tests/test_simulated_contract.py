"""The simulator takes what the description allows, refuses all else as the API does, and keeps what it refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from xai_httpx import AsyncXAI, BadRequestError, RequestTooLargeError
from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._contract.description import description, operation_at, operations

HI: list[Any] = [{"role": "user", "content": "hi"}]
CHAT: dict[str, Any] = {"model": "grok-4.6", "messages": HI}
RESPONSE: dict[str, Any] = {"model": "grok-4.6", "input": "hi"}
PREFIX = "Failed to deserialize the JSON body into the target type: "


@pytest.fixture
def http(sim: SimulatedXAI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.api_key}"}) as client:
        yield client


def test_the_description_is_the_one_that_is_kept() -> None:
    assert description()["info"]["title"]
    assert len(operations()) > 60


def test_of_two_operations_the_one_with_more_text_of_its_own_is_meant() -> None:
    found = operation_at("POST", "/v1/responses/compact")
    assert found is not None
    assert found.name == "POST /v1/responses/compact"
    assert operation_at("GET", "/v1/files/a/b/c") is None


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/chat/completions", {**CHAT, "model": 5}, 422, "model: invalid type, expected string"),
        ("/chat/completions", {**CHAT, "n": 1.0}, 422, "n: invalid type, expected an integer"),
        ("/chat/completions", {**CHAT, "n": 2**40}, 422, "n: invalid type, expected an integer"),
        (
            "/chat/completions",
            {**CHAT, "temperature": 2.5},
            400,
            "Invalid value for temperature: it must be at most 2.",
        ),
        ("/chat/completions", {**CHAT, "top_p": 0}, 400, "Invalid value for top_p: it must be above 0."),
        ("/chat/completions", {**CHAT, "stop": ["a"] * 5}, 400, "Invalid value for stop: it must be between 0 and 4."),
        ("/chat/completions", {**CHAT, "messages": []}, 400, "Invalid value for messages: it must be at least 1 long."),
        (
            "/chat/completions",
            {**CHAT, "messages": [{"role": "pirate", "content": "hi"}]},
            422,
            "messages[0]: unknown variant `pirate` of role, expected one of system, user, assistant, tool, function",
        ),
        ("/chat/completions", {**CHAT, "tool_choice": "perhaps"}, 422, "tool_choice: unknown variant `perhaps`"),
        ("/chat/completions", {**CHAT, "tools": [{"type": "function"}]}, 422, "tools[0]: missing field `function`"),
        ("/chat/completions", {**CHAT, "response_format": {"type": "json_schema"}}, 422, "missing field `json_schema`"),
        ("/responses", {"model": "grok-4.6"}, 422, "missing field `input`"),
        ("/responses", {**RESPONSE, "input": [{"type": "poem"}]}, 422, "input[0]: unknown variant `poem` of type"),
        ("/responses", {**RESPONSE, "input": [{"role": "user"}]}, 422, "input[0]: missing field `content`"),
        (
            "/responses",
            {**RESPONSE, "instructions": "x", "previous_response_id": "y"},
            400,
            "instructions cannot be combined with previous_response_id",
        ),
        ("/embeddings", {"model": "grok-embedding-small", "input": [1.5]}, 422, "input[0]: invalid type"),
        ("/images/edits", {"prompt": "x"}, 400, "one of image, images is required"),
        ("/images/edits", {"prompt": "x", "image": {"url": "u", "file_id": "f"}}, 400, "Invalid value for image: url"),
        ("/batches", [], 422, "invalid type, expected object"),
    ],
)
def test_a_wrong_body_is_told_of_by_its_place(
    sim: SimulatedXAI, http: httpx.Client, path: str, body: Any, status: int, message: str
) -> None:
    reply = http.post(path, json=body)
    told = reply.text if path == "/chat/completions" and status == 422 else reply.json()["error"]
    assert (reply.status_code, message in told) == (status, True), told
    assert told.startswith(PREFIX) == (status == 422)
    (rejected,) = sim.rejected
    assert (rejected.status, rejected.request.body, rejected.reply) == (status, body, reply.text)


@pytest.mark.parametrize(
    "body",
    [
        {**CHAT, "logit_bias": {"50256": -100}, "temperature": None, "stop": None},
        {**CHAT, "made_up": True},
        {**CHAT, "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]},
        {**RESPONSE, "reasoning": {"effort": "low", "summary": None}},
        {**RESPONSE, "input": [{"role": "user", "content": "hi", "type": None}]},
    ],
)
def test_what_the_api_takes_is_taken(http: httpx.Client, body: Any) -> None:
    path = "/chat/completions" if "messages" in body else "/responses"
    assert http.post(path, json=body).status_code == 200


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/files?limit=0", "Invalid value for limit: it must be"),
        ("/files?limit=many", "Failed to deserialize query string: limit: invalid type, expected integer"),
        ("/files?order=up", "Invalid value for order: it must be one of asc, desc."),
    ],
)
def test_a_wrong_query_is_a_400(http: httpx.Client, url: str, message: str) -> None:
    reply = http.get(url)
    assert (reply.status_code, message in reply.json()["error"]) == (400, True), reply.text


def test_a_query_that_is_needed_is_asked_for(sim: SimulatedXAI) -> None:
    headers = {"authorization": f"Bearer {sim.management_key}"}
    made = httpx.post(sim.base_url + "/collections", headers=headers, json={"collection_name": "a"}).json()
    url = f"{sim.base_url}/collections/{made['collection_id']}/documents:batchGet"
    reply = httpx.get(url, headers=headers)
    assert (reply.status_code, "missing field `file_ids`" in reply.json()["error"]) == (400, True)


def test_what_is_refused_is_kept_and_what_fails_by_script_is_not(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fail(429)
    http.get("/models")
    http.get("/models")
    http.get("/nowhere")
    http.delete("/models")
    http.get("/models", headers={"authorization": "Bearer wrong"})
    assert [(each.request.path, each.status) for each in sim.rejected] == [
        ("/v1/nowhere", 404),
        ("/v1/models", 405),
        ("/v1/models", 400),
    ]
    sim.rejected.clear()
    assert sim.rejected == []


def test_a_body_may_be_too_large(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.limit_bodies(1_000)
    assert http.post("/responses", json=RESPONSE).status_code == 200
    reply = http.post("/responses", json={**RESPONSE, "input": "x" * 100_000})
    assert (reply.status_code, "1000 bytes" in reply.json()["error"]) == (413, True)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        sim.limit_bodies(0)


async def test_the_client_tells_of_refusals_in_every_form(sim: SimulatedXAI, client: AsyncXAI) -> None:
    with pytest.raises(BadRequestError, match="not found") as caught:
        await client.responses.create(model="grok-4.6", input="hi", previous_response_id="none")
    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")
    sim.limit_bodies(10)
    with pytest.raises(RequestTooLargeError):
        await client.responses.create(model="grok-4.6", input="hi")
