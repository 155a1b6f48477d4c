from __future__ import annotations

from ._errors import OutputValidationError


def may_ask_again(error: OutputValidationError) -> bool:
    return True


def question(error: OutputValidationError) -> str:
    return str(error)
