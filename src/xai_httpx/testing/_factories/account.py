"""Factories of what a key is, and whose."""

from typing import Any

from ...types.account import ApiKey, Me
from .._api.account import api_key_body, me_body
from .making import made

_KEY = "xai-made-by-a-factory"


def make_api_key(**fields: Any) -> ApiKey:
    """Make what `account.api_key()` tells; `fields` are those of `ApiKey`."""
    return made(ApiKey, api_key_body(_KEY), fields)


def make_me(**fields: Any) -> Me:
    """Make what `account.me()` tells; `fields` are those of `Me`."""
    return made(Me, me_body(_KEY), fields)
