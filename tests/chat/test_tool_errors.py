"""The errors of tools: what they hold, and that they travel between processes."""

from __future__ import annotations

import copy
import pickle

import pytest

from xai_httpx._errors import XAIError
from xai_httpx._tool_errors import (
    ToolArgumentsError,
    ToolError,
    ToolRepeatedFailureError,
    ToolTimeoutError,
    ToolTurnsExceededError,
)

ERRORS: list[ToolError] = [
    ToolError("no"),
    ToolArgumentsError("no"),
    ToolTimeoutError("late", name="f", timeout=1.5),
    ToolTurnsExceededError("enough", state="{}", reply={"a": 1}, turns=3),
    ToolRepeatedFailureError("again", name="f", arguments="{", times=3, state="{}", reply=None, turns=4),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_of_tools_pickle_and_copy_with_all_their_fields(error: ToolError) -> None:
    assert isinstance(error, XAIError)
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert (str(twin), vars(twin)) == (str(error), vars(error))
