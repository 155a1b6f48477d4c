"""Keywords of the description that are no part of JSON Schema, as a validator takes them."""

from collections.abc import Sequence
from typing import Any

from .._json import as_object


class _Keyword:
    """Checks a value; a validator makes one for each place where the keyword stands.

    Args:
        schema: The schema that has the keyword.
        said: What it says.
        path: Where that is.
    """

    def __init__(self, schema: object, said: Any, path: object) -> None:
        self._said = said

    def validate(self, instance: object) -> None:
        """Check a value.

        Raises:
            ValueError: What is wrong with it.
        """
        raise NotImplementedError


class Whole(_Keyword):
    """`x-whole`: a number that is an integer to the API as well, of fewer bits than this."""

    def validate(self, instance: object) -> None:
        if isinstance(instance, float) or (isinstance(instance, int) and instance.bit_length() >= self._said):
            raise ValueError("invalid type, expected an integer")


class Exclusive(_Keyword):
    """`x-exclusive`: groups of members of which there may be one."""

    def validate(self, instance: object) -> None:
        for group in self._said:
            if len(given := _given(instance, group)) > 1:
                raise ValueError(f"{given[0]} cannot be combined with {given[1]}")


class Needed(_Keyword):
    """`x-needed`: groups of members of which there has to be one."""

    def validate(self, instance: object) -> None:
        for group in self._said:
            if as_object(instance) is not None and not _given(instance, group):
                raise ValueError(f"one of {', '.join(group)} is required")


def _given(instance: object, group: Sequence[str]) -> list[str]:
    members = as_object(instance) or {}
    return [name for name in group if members.get(name) is not None]


KEYWORDS: dict[str, Any] = {"x-whole": Whole, "x-exclusive": Exclusive, "x-needed": Needed}
