"""Descriptions from docstrings in three styles, and from what is no docstring at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_httpx.chat._docstring import parse_docstring

GOOGLE = """Find a train.

    Of all companies.

    Args:
        start: Where it leaves,
            by name.
        end (str, optional): Where it arrives: a city.
        *others: More.

    Returns:
        A train: the first.
    """

NUMPY = """Find a train.

    Of all companies.

    Parameters
    ----------
    start : str
        Where it leaves,
        by name.
    end, others : str, optional
        Where it arrives: a city.

    Returns
    -------
    result : str
        A train.
    """

SPHINX = """Find a train.

    Of all companies.

    :param start: Where it leaves,
        by name.
    :param str end: Where it arrives: a city.
    :type start: str
    :returns: A train.
    :raises ValueError: Never.
    """


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["Google", "NumPy", "Sphinx"])
def test_each_style_tells_of_the_function_and_of_its_parameters(text: str) -> None:
    said = parse_docstring(text)
    assert said.summary == "Find a train.\n\nOf all companies."
    assert said.parameters["start"] == "Where it leaves, by name."
    assert said.parameters["end"] == "Where it arrives: a city."
    assert set(said.parameters) <= {"start", "end", "others"}


@pytest.mark.parametrize(
    ("text", "summary", "parameters"),
    [
        (None, "", {}),
        ("", "", {}),
        ("Only this.", "Only this.", {}),
        ("\nArgs:\n    a: One.", "", {"a": "One."}),
        ("Do it.\n\nArgs:\n    a: One.\n\nIt is done.", "Do it.", {"a": "One."}),
        ("Do it.\n\nArgs:\n", "Do it.", {}),
        ("Do it.\n\nArgs:\n    a: One.\n    no entry\n    b: Two.", "Do it.", {"a": "One.", "b": "Two."}),
        ("Do it.\n\nKeyword Args:\n    a: One.\n\nArgs:\n    b: Two.", "Do it.", {"a": "One.", "b": "Two."}),
        ("Do it.\n\nRaises:\n    ValueError: No.\n\nExample:\n    a: b", "Do it.", {}),
        ("See https://example.org: it says all.\nA list:\n- one: two", None, {}),
        ("Do it.\n\n:param: nothing\n:return: x", "Do it.", {}),
    ],
)
def test_what_is_left_out_or_laid_out_otherwise(
    text: str | None, summary: str | None, parameters: dict[str, str]
) -> None:
    said = parse_docstring(text)
    assert said.summary == (text if summary is None else summary)
    assert said.parameters == parameters


LINES = st.sampled_from([*GOOGLE.splitlines(), *NUMPY.splitlines(), *SPHINX.splitlines(), "---", ":", "::", "\t-"])


@given(st.text() | st.lists(LINES | st.text(max_size=8)).map("\n".join))
def test_no_docstring_is_an_error(text: str) -> None:
    said = parse_docstring(text)
    assert all(name and isinstance(told, str) for name, told in said.parameters.items())
