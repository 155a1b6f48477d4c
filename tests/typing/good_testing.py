# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of the test kit, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from typing import assert_type

import pytest

from xai_httpx import XAI, AsyncXAI
from xai_httpx.testing import (
    Fault,
    RealRequestError,
    RejectedRequest,
    SimulatedReply,
    SimulatedRequest,
    SimulatedXAI,
    allow_real_requests,
    make_api_key,
    make_batch,
    make_batch_request,
    make_batch_result,
    make_collection,
    make_completion,
    make_completion_chunk,
    make_completion_chunks,
    make_deferred_completion,
    make_document,
    make_embedding,
    make_embedding_model,
    make_embeddings,
    make_file,
    make_image,
    make_image_job,
    make_image_model,
    make_images,
    make_language_model,
    make_me,
    make_model,
    make_response,
    make_response_events,
    make_search_match,
    make_search_response,
    make_skill,
    make_started_job,
    make_tokens,
    make_video,
    make_video_model,
    sse,
)
from xai_httpx.types import (
    ApiKey,
    Batch,
    BatchRequestMetadata,
    BatchResult,
    ChatCompletion,
    ChatCompletionChunk,
    Collection,
    DeferredCompletion,
    Document,
    Embedding,
    EmbeddingModel,
    EmbeddingResponse,
    File,
    GeneratedImage,
    GeneratedImageResponse,
    GetDeferredImageResponse,
    ImageGenerationModel,
    LanguageModel,
    Me,
    Model,
    Response,
    ResponseStreamEvent,
    SearchMatch,
    SearchResponse,
    Skill,
    StartDeferredResponse,
    TokenizeResponse,
    VideoGenerationModel,
    VideoResponse,
)


def replies() -> None:
    assert_type(make_completion(), ChatCompletion)
    assert_type(make_completion("a", tool_calls=[("f", {"a": 1})], reasoning="b", n=2, id="c"), ChatCompletion)
    assert_type(make_completion_chunk("a", finish_reason="stop"), ChatCompletionChunk)
    assert_type(make_completion_chunks("a b", created=1), list[ChatCompletionChunk])
    assert_type(make_deferred_completion("a"), DeferredCompletion)
    assert_type(make_response("a", status="incomplete", user="b"), Response)
    assert_type(make_response_events("a", input_tokens=5), list[ResponseStreamEvent])
    assert_type(make_image(content=b"a"), GeneratedImage)
    assert_type(make_images(2, data=[make_image()]), GeneratedImageResponse)
    assert_type(make_image_job("pending"), GetDeferredImageResponse)
    assert_type(make_video(duration=5), VideoResponse)
    assert_type(make_started_job(), StartDeferredResponse)
    assert_type(make_batch("a", pending=1), Batch)
    assert_type(make_batch_request("a", state="failed"), BatchRequestMetadata)
    assert_type(make_batch_result(make_completion()), BatchResult)
    assert_type(make_file("a.txt", bytes=1), File)
    assert_type(make_skill("a"), Skill)
    assert_type(make_collection("a", documents_count=1), Collection)
    assert_type(make_document("a.txt", fields={"a": "b"}), Document)
    assert_type(make_search_match("a", score=1), SearchMatch)
    assert_type(make_search_response(["a"]), SearchResponse)
    assert_type(make_model("a"), Model)
    assert_type(make_language_model(), LanguageModel)
    assert_type(make_embedding_model(), EmbeddingModel)
    assert_type(make_image_model(), ImageGenerationModel)
    assert_type(make_video_model(), VideoGenerationModel)
    assert_type(make_embedding("a", dimensions=2), Embedding)
    assert_type(make_embeddings(["a", "b"]), EmbeddingResponse)
    assert_type(make_tokens("a"), TokenizeResponse)
    assert_type(make_api_key(name="a"), ApiKey)
    assert_type(make_me(), Me)


def bodies() -> None:
    assert_type(sse(make_completion_chunks()), bytes)
    assert_type(sse(make_response_events(), done=False), bytes)
    assert_type(sse([make_completion_chunk(), {"a": 1}, "{broken"]), bytes)


def test_fixtures(xai_simulator: SimulatedXAI, xai_client: AsyncXAI, xai_sync_client: XAI) -> None:
    assert_type(xai_simulator.client(), AsyncXAI)
    assert_type(xai_simulator.requests, list[SimulatedRequest])
    assert_type(xai_simulator.rejected, list[RejectedRequest])
    xai_simulator.reply_with(lambda body: SimulatedReply(str(body["model"])))
    faults: list[Fault] = []
    assert_type(faults, list[Fault])


def test_guard() -> None:
    with pytest.raises(RealRequestError) as caught:
        pass
    assert_type(caught.value.request, str)
    with allow_real_requests():
        pass
