"""Search in the older form: a tool of chat completions, and the parameter that is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from ._tool_settings import checked, days

if TYPE_CHECKING:
    from ..types import chat_params, shared_params


def live_search(sources: Sequence[shared_params.SearchSourceParam]) -> chat_params.LiveSearchToolParam:
    """Search in live sources, the older form of search as a tool of chat completions.

    Args:
        sources: Where to search: dicts of type `web`, `x`, `news` or `rss`.

    Raises:
        RequestValidationError: A source cannot be sent.
    """
    made: chat_params.LiveSearchToolParam = checked("chat.LiveSearchTool", "live_search", sources=sources)
    return made


def search_parameters(
    *,
    mode: Literal["off", "on", "auto"] | None = None,
    sources: Sequence[shared_params.SearchSourceParam] | None = None,
    from_date: date | str | None = None,
    to_date: date | str | None = None,
    max_search_results: int | None = None,
    return_citations: bool | None = None,
) -> shared_params.SearchParametersParam:
    """Live search in the older form: the value of `search_parameters`, which is no tool.

    Args:
        mode: Whether to search never, always, or when the model sees a need (`auto`, the server's default).
        sources: Where to search: dicts of type `web`, `x`, `news` or `rss`; the server's default is web and X.
        from_date: The earliest day, a date or `YYYY-MM-DD`.
        to_date: The latest day.
        max_search_results: How many results are used at most, 1 to 30; the server's default is 15.
        return_citations: Whether the answer lists its sources; the server's default is yes.

    Raises:
        RequestValidationError: A setting cannot be sent.
    """
    made: shared_params.SearchParametersParam = checked(
        "shared.SearchParameters",
        None,
        mode=mode,
        sources=sources,
        **days(from_date, to_date),
        max_search_results=max_search_results,
        return_citations=return_citations,
    )
    return made
