# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with the test kit that a type checker must report, as in bad.py. Never run."""

from __future__ import annotations

from xai_httpx import testing
from xai_httpx.testing import (
    allow_real_requests,
    make_batch_result,
    make_completion,
    make_completion_chunks,
    make_embeddings,
    make_file,
    make_image,
    make_response,
    make_video,
    sse,
)


def replies() -> None:
    make_completion(5)  # type: ignore[arg-type]
    make_completion("a", "b")  # type: ignore[call-arg, arg-type]
    make_completion(n="2")  # type: ignore[arg-type]
    make_completion(tool_calls=["weather"])  # type: ignore[list-item]
    make_completion(tool_calls=[("weather", "{}")])  # type: ignore[list-item]
    make_response(input_tokens=None)  # type: ignore[arg-type]
    make_image(content="png")  # type: ignore[arg-type]
    make_video(duration="8")  # type: ignore[arg-type]
    make_batch_result(make_file())  # type: ignore[arg-type]
    make_embeddings([1])  # type: ignore[list-item]


def bodies() -> None:
    sse(make_completion())  # type: ignore[arg-type]
    sse([b"a"])  # type: ignore[list-item]
    text: str = sse(make_completion_chunks())  # type: ignore[assignment]
    with allow_real_requests("x.ai"):  # type: ignore[call-arg]
        pass
    testing.Nothing  # type: ignore[attr-defined]
