"""The factories of replies: what they make is what the API would send, and the test may change any field of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import jsonschema
import pytest
from pydantic import BaseModel

from tests.plugging import loaded_by
from xai_httpx import AsyncXAI, StreamTruncatedError, testing, types
from xai_httpx._models import json_decoder
from xai_httpx.testing import (
    make_batch,
    make_batch_result,
    make_completion,
    make_completion_chunk,
    make_completion_chunks,
    make_document,
    make_embeddings,
    make_image,
    make_image_job,
    make_images,
    make_response,
    make_response_events,
    make_search_response,
    make_video,
    sse,
)
from xai_httpx.testing._contract.description import description
from xai_httpx.testing._stores.catalogue import find_model

CONVERSATION: dict[str, Any] = {"model": "grok-4.6", "messages": [{"role": "user", "content": "Hello"}]}
OF_ONE: dict[str, Any] = {
    "make_api_key": types.ApiKey,
    "make_batch": types.Batch,
    "make_batch_request": types.BatchRequestMetadata,
    "make_batch_result": types.BatchResult,
    "make_collection": types.Collection,
    "make_completion": types.ChatCompletion,
    "make_completion_chunk": types.ChatCompletionChunk,
    "make_deferred_completion": types.DeferredCompletion,
    "make_document": types.Document,
    "make_embedding": types.Embedding,
    "make_embedding_model": types.EmbeddingModel,
    "make_embeddings": types.EmbeddingResponse,
    "make_file": types.File,
    "make_image": types.GeneratedImage,
    "make_image_job": types.GetDeferredImageResponse,
    "make_image_model": types.ImageGenerationModel,
    "make_images": types.GeneratedImageResponse,
    "make_language_model": types.LanguageModel,
    "make_me": types.Me,
    "make_model": types.Model,
    "make_response": types.Response,
    "make_search_match": types.SearchMatch,
    "make_search_response": types.SearchResponse,
    "make_skill": types.Skill,
    "make_started_job": types.StartDeferredResponse,
    "make_tokens": types.TokenizeResponse,
    "make_video": types.VideoResponse,
    "make_video_model": types.VideoGenerationModel,
}
OF_STREAMS: dict[str, Any] = {
    "make_completion_chunks": types.ChatCompletionChunk,
    "make_response_events": types.ResponseStreamEvent,
}
WHOLE = {"make_batch_result", "make_deferred_completion", "make_started_job", "make_tokens"}  # have no other fields
MADE = [
    *[pytest.param(name, model, lambda it: [it], id=name) for name, model in OF_ONE.items()],
    *[pytest.param(name, model, list, id=name) for name, model in OF_STREAMS.items()],
]


def client_with(content: bytes, content_type: str = "application/json") -> AsyncXAI:
    """A client whose every request is answered so."""
    reply = httpx.Response(200, headers={"content-type": content_type}, content=content)
    transport = httpx.MockTransport(lambda request: reply)
    return AsyncXAI(api_key="xai-k", http_client=httpx.AsyncClient(transport=transport), strict=True, retries=0)


def test_there_is_a_row_for_every_factory() -> None:
    assert {name for name in dir(testing) if name.startswith("make_")} == {*OF_ONE, *OF_STREAMS}


@pytest.mark.parametrize(("name", "model", "parts"), MADE)
def test_what_is_made_comes_back_from_its_wire_form_and_is_made_alike_every_time(
    name: str, model: Any, parts: Callable[[Any], list[BaseModel]]
) -> None:
    factory = getattr(testing, name)
    first, second = parts(factory()), parts(factory())
    assert first
    assert [each.model_dump_json() for each in first] == [each.model_dump_json() for each in second]
    for each in first:
        again = json_decoder(model)(each.model_dump_json(exclude_unset=True).encode())
        assert type(again) is type(each)
        assert again == each


@pytest.mark.parametrize(("name", "model", "parts"), MADE)
def test_what_is_made_is_as_the_description_has_it(
    name: str, model: Any, parts: Callable[[Any], list[BaseModel]]
) -> None:
    components = description()["components"]
    for each in parts(getattr(testing, name)()):
        body = each.model_dump(mode="json", exclude_unset=True)
        if "reasoning" in (answer := body.get("response", body)):
            del answer["reasoning"]["summary"]  # null as recorded, which the enumeration of the description lacks
        schema = next(name for name in (type(each).__name__, "ResponseStreamEvent") if name in components["schemas"])
        jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components}).validate(
            body
        )


@pytest.mark.parametrize("name", sorted({*OF_ONE, *OF_STREAMS} - WHOLE))
def test_a_field_that_does_not_exist_is_refused_by_name(name: str) -> None:
    with pytest.raises(TypeError, match=r"\w+ has no field 'colour'\. It has: \w+(, \w+)*\.$"):
        getattr(testing, name)(colour="red")


def test_a_misspelt_field_is_told_what_it_may_mean() -> None:
    with pytest.raises(TypeError, match=r"ChatCompletion has no field 'creatd'\. Did you mean 'created'\?"):
        make_completion(creatd=1)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: make_completion(created="today"), "created"),
        (lambda: make_completion(usage={"prompt_tokens": 1}), "usage.completion_tokens"),
        (lambda: make_response(output=[5]), "output.0"),
        (lambda: make_completion(n=0), "n must be 1 or more, not 0"),
        (lambda: make_completion_chunks(n=0), "n must be 1 or more, not 0"),
        (lambda: make_images(-1), "n must be 1 or more, not -1"),
        (lambda: make_batch(failed=-1), "failed must be 0 or more, not -1"),
        (lambda: make_embeddings("a", dimensions=0), "dimensions must be 1 or more, not 0"),
        (lambda: make_embeddings(["a", ""]), "texts must not be empty"),
        (lambda: make_response_events(status="failed"), "status must be 'completed' or 'incomplete', not 'failed'"),
        (lambda: make_batch_result(make_video(), error="no"), "a reply or an error, not both"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_the_tokens_of_a_completion_add_up_and_are_priced() -> None:
    made = make_completion("Paris is it.", reasoning="A capital, then.", prompt_tokens=7)
    usage = made.usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (7, 4)
    assert usage.completion_tokens_details.reasoning_tokens == 5
    assert usage.total_tokens == 16
    model = find_model("grok-4.6")
    assert model is not None
    assert usage.cost_in_usd_ticks == 7 * model.prompt_price + 9 * model.completion_price
    assert usage.cost_usd == Decimal("0.000068")
    dearer = make_completion("Paris is it.", reasoning="A capital, then.", prompt_tokens=7, model="grok-3-mini").usage
    assert dearer is not None
    assert dearer.cost_in_usd_ticks == 7 * 3_000 + 9 * 5_000


def test_the_tokens_of_a_response_add_up_and_are_priced() -> None:
    usage = make_response("Paris.", reasoning="Hm.", input_tokens=3).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (3, 4, 7)
    assert usage.cost_in_usd_ticks == 3 * 20_000 + 4 * 60_000


def test_every_field_can_be_told_otherwise_by_json_or_by_models() -> None:
    usage = make_completion(prompt_tokens=99).usage
    made = make_completion("a", id="mine", usage=usage, service_tier="fast", choices=[])
    assert (made.id, made.usage, made.service_tier, made.choices) == ("mine", usage, "fast", [])
    assert make_completion(usage=None).usage is None
    assert [chunk.id for chunk in make_completion_chunks("a b", id="mine")] == ["mine"] * 4
    assert make_images(data=[make_image("https://a.b")]).data[0].url == "https://a.b"
    assert make_document(fields={"year": "2020"}).fields == {"year": "2020"}


def test_a_completion_can_call_tools_and_have_choices() -> None:
    made = make_completion(tool_calls=[("weather", {"city": "Paris"})])
    assert [(call.function.name, call.function.arguments) for call in made.tool_calls] == [
        ("weather", '{"city":"Paris"}')
    ]
    assert (made.text, made.finish_reason) == ("", "tool_calls")
    assert [choice.index for choice in make_completion("a", n=3).choices] == [0, 1, 2]
    assert make_completion("cut", finish_reason="length").finish_reason == "length"
    assert make_completion(model="another").model == "another"


def test_a_response_has_the_status_it_is_given() -> None:
    assert make_response("Paris.").output_text == "Paris."
    cut = make_response("Par", status="incomplete")
    assert cut.incomplete_details is not None
    assert cut.incomplete_details.reason == "max_output_tokens"
    failed = make_response(status="failed")
    assert failed.error is not None
    assert failed.completed_at is None
    called = make_response(tool_calls=[("weather", {})])
    assert [call.name for call in called.tool_calls] == ["weather"]


def test_media_are_there_withheld_or_on_their_way() -> None:
    assert make_image(content=b"png").content == b"png"
    assert make_image(moderated=True).moderated
    assert not make_image().moderated
    assert make_images(2).usage is not None
    assert len({image.url for image in make_images(2).data}) == 2
    assert make_image_job("pending").data is None
    assert make_image_job("failed").error is not None
    assert make_video().url == "https://vidgen.x.ai/made.mp4"
    assert make_video(moderated=True).moderated
    assert (make_video("pending").progress, make_video("pending").video) == (0, None)
    assert make_video("failed").error is not None


def test_batches_and_their_results_are_in_every_state() -> None:
    batch = make_batch(pending=2, succeeded=3, failed=1, cancelled=1)
    assert batch.state.num_requests == 7
    assert (batch.state.num_pending, batch.state.num_success, batch.state.num_error) == (2, 3, 1)
    assert make_batch_result().completion == make_completion()
    assert make_batch_result(make_images()).images == make_images()
    assert make_batch_result(make_video()).video == make_video()
    assert make_batch_result(error="no").error == "no"


def test_embeddings_of_like_texts_are_alike() -> None:
    near, far, origin = (each.embedding for each in make_embeddings(["a red fox", "two lakes", "a red dog"]).data)

    def product(one: Any, other: Any) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert product(near, origin) > 0.5 > product(far, origin)
    assert product(near, near) == pytest.approx(1)
    assert [match.chunk_content for match in make_search_response(["a", "b"]).matches] == ["a", "b"]


async def test_a_stream_of_chunks_adds_up_to_the_completion() -> None:
    said: dict[str, Any] = {"text": "Paris is it.", "reasoning": "A capital, then.", "n": 2}
    async with client_with(sse(make_completion_chunks(**said)), "text/event-stream") as client:
        async with client.chat.completions.stream(**CONVERSATION) as stream:
            final = await stream.final()
    whole = make_completion(**said)
    assert final.usage == whole.usage
    assert [choice.message.content for choice in final.choices] == ["Paris is it."] * 2
    assert final.choices[0].message.reasoning_content == "A capital, then."


async def test_a_stream_of_events_ends_in_the_response() -> None:
    said: dict[str, Any] = {"tool_calls": [("weather", {"city": "Paris"})], "reasoning": "It may rain.", "user": "u"}
    events = make_response_events(**said)
    assert [getattr(event, "sequence_number", None) for event in events] == list(range(len(events)))
    async with client_with(sse(events), "text/event-stream") as client:
        async with client.responses.stream(model="grok-4.6", input="Hello") as stream:
            assert await stream.final() == make_response(**said)


async def test_a_stream_can_be_cut() -> None:
    body = sse([make_completion_chunk("Par")], done=False)
    async with client_with(body, "text/event-stream") as client:
        async with client.chat.completions.stream(**CONVERSATION) as stream:
            with pytest.raises(StreamTruncatedError):
                await stream.final()
    assert sse(["{broken", {"a": 1}]) == b'data: {broken\n\ndata: {"a":1}\n\ndata: [DONE]\n\n'


async def test_a_reply_may_be_written_with_or_without_what_is_not_set() -> None:
    made = make_completion("Paris.")
    for content in (made.model_dump_json(), json.dumps(made.model_dump(exclude_unset=True))):
        async with client_with(content.encode()) as client:
            assert (await client.chat.completions.create(**CONVERSATION)).model_dump() == made.model_dump()


def test_factories_need_neither_the_extra_nor_httpx() -> None:
    loaded = loaded_by("from xai_httpx.testing import make_completion, make_batch, make_document, make_me, make_model")
    assert not {name.partition(".")[0] for name in loaded} & {"starlette", "uvicorn", "jsonschema_rs", "tqdm", "httpx"}
