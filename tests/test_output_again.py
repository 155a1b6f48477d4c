"""What a model is told whose answer does not fit the type, and which answers are worth asking again for."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, field_validator

from tests.outputs import Cat, Dog, Line, Order, Point
from xai_httpx import OutputError, OutputRefusedError, OutputTruncatedError, OutputValidationError
from xai_httpx._output_again import asking_again, may_ask_again
from xai_httpx._output_reading import read
from xai_httpx._output_type import output_type

Pet = Annotated[Cat | Dog, Field(discriminator="kind")]
CALL = "Answer again: the whole answer, corrected, as JSON that follows the schema, and nothing else."


class Wordy(BaseModel):
    x: int

    @field_validator("x")
    @classmethod
    def _never(cls, x: int) -> int:
        raise ValueError(f"not {x}, " + "never " * 1000)


def told(form: Any, text: str) -> str:
    """What the model is told of an answer."""
    asked = output_type(form)
    with pytest.raises(OutputValidationError) as caught:
        read(asked, text, {"text": text})
    return asking_again(asked, caught.value)


@pytest.mark.parametrize(
    ("form", "text", "lines"),
    [
        (Point, "", ["Your answer has no text."]),
        (Point, 'Here: {"x": 1, "y": 2}', ["Your answer has something around its JSON."]),
        (Point, "Sorry.", ["Your answer is not JSON:", "- expected value at line 1 column 1"]),
        (
            Point,
            '{"x": "secret"}',
            [
                "Your answer does not fit the schema:",
                "- x: Input should be a valid integer, unable to parse string as an integer",
                "- y: Field required",
            ],
        ),
        (Point, "[1]", ["Your answer does not fit the schema:", "- all of it: Input should be an object"]),
        (
            Order,
            '{"lines": [{"name": "a"}], "totals": {"a b": {"name": 1, "price": "2"}}}',
            [
                "Your answer does not fit the schema:",
                "- lines[0].price: Field required",
                "- totals.a b.name: Input should be a valid string",
            ],
        ),
        (
            list[Line],
            '{"value": [{"name": "a"}]}',
            ["Your answer does not fit the schema:", "- value[0].price: Field required"],
        ),
        (
            Literal["a"],
            '{"value": "secret"}',
            ["Your answer does not fit the schema:", "- value: Input should be 'a'"],
        ),
        (
            list[Line],
            '[{"name": "a"}]',
            [
                "Your answer does not fit the schema:",
                '- It has to be an object with the key "value", which holds the answer.',
            ],
        ),
        (
            Cat | Dog,  # pydantic lists the faults of both
            '{"value": {"kind": "dog", "name": 5}}',
            [
                "Your answer does not fit the schema:",
                "- value.name: Input should be a valid string",
                "- value.kind: Input should be 'cat'",
                "- value.lives: Field required",
            ],
        ),
        (
            list[Pet],
            '{"value": [{"kind": "secret"}, {}]}',
            [
                "Your answer does not fit the schema:",
                "- value[0]: kind should be one of 'cat', 'dog'",
                "- value[1]: kind is required",
            ],
        ),
    ],
)
def test_the_model_is_told_what_is_wrong_where_and_not_its_answer_again(form: Any, text: str, lines: list[str]) -> None:
    words = told(form, text)
    assert words.replace("\n", " ") == " ".join([*lines, CALL])
    assert "secret" not in words


def test_what_the_model_is_told_is_bounded() -> None:
    many = told(list[int], json.dumps({"value": ["x"] * 5000})).split("\n")
    assert [line.split(":")[0] for line in many[1:-1]] == [*(f"- value[{index}]" for index in range(10)), "- ..."]
    (_, line, _) = told(Wordy, '{"x": 1}').split("\n")
    assert line.startswith("- x: Value error, not 1, never never")
    assert len(line) < 310


def test_faults_that_are_the_same_in_words_are_told_once() -> None:
    lines = told(Literal["a"] | int | float, '{"value": {}}').split("\n")
    assert lines[1:-1] == list(dict.fromkeys(lines[1:-1]))


@pytest.mark.parametrize(
    ("error", "may"),
    [
        *[(OutputValidationError("", reason=reason), True) for reason in ("empty", "not_json", "prose", "value")],
        (OutputTruncatedError("", reason="length"), False),
        (OutputRefusedError("", reason="refusal"), False),
        (OutputRefusedError("", reason="content_filter"), False),
        *[(OutputError("", reason=reason), False) for reason in ("tool_calls", "failed", "in_progress")],
    ],
    ids=lambda value: getattr(value, "reason", None),
)
def test_only_an_answer_of_the_wrong_form_is_asked_for_again(error: OutputError, may: bool) -> None:
    assert may_ask_again(error) is may
