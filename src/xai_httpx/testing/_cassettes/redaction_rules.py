"""What is replaced in texts, by its looks, and in JSON, by the name of its field."""

import re
from collections.abc import Callable
from typing import TypeAlias

from . import pseudonyms
from .pseudonyms import REDACTED

Rule: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

KEYS: tuple[Rule, ...] = tuple(
    (re.compile(pattern), lambda match: match[1] + REDACTED)
    for pattern in (
        r"((?<![A-Za-z0-9])xai-(?:token-)?)[A-Za-z0-9]{20,}",
        r"((?<![A-Za-z0-9])sk-)(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{16,}",
        r"(\b[Bb]earer\s+)[A-Za-z0-9._~+/-]{12,}=*",
        r"((?<![A-Za-z0-9_-]))eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*",  # a JSON web token
        r"(://)[^/@\s:\"]+:[^/@\s\"]+(?=@)",  # user and password in a URL
        r"(?i)([?&](?:sig|signature|token|key|api_key|access_token|x-(?:amz|goog)-[a-z-]+)=)[^&#\s\"']+",
    )
)
"""API keys and their like."""

_PREFIXES = (
    "batch|call|chatcmpl|chunk|ci|cmpl|col|collection|conv|fc|file|item|key|mcp|msg|org|project|proj|req|request|"
    "resp|response|rs|session|skill|team|tool|toolu|user|ws"
)
IDS: tuple[Rule, ...] = (
    (
        re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"),
        lambda match: pseudonyms.of_uuid(match[0]),
    ),
    (
        # A short one has to have three digits: `call_function1` may be the name of a tool.
        re.compile(
            rf"(?<![A-Za-z0-9])((?:{_PREFIXES})[_-])(?:(?=[A-Za-z]*\d)[A-Za-z0-9]{{16,}}|(?=(?:[A-Za-z]*\d){{3}})"
            r"[A-Za-z0-9]{8,15})(?!-[0-9A-Fa-f]{4}-)(?![A-Za-z0-9])"
        ),
        lambda match: pseudonyms.of_id(match[0], match[1]),
    ),
    (
        re.compile(r"(?<![0-9A-Za-z])(?=\d*[a-f])[0-9a-f]{24,64}(?![0-9A-Za-z])"),
        lambda match: pseudonyms.of_hex(match[0]),
    ),
    (
        re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        lambda match: pseudonyms.of_email(match[0]),
    ),
    (
        re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)"),
        lambda match: pseudonyms.of_address(match[0]),
    ),
    (
        re.compile(r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?![\w:])"),
        lambda match: pseudonyms.of_address(match[0]),
    ),
)
"""Ids, people's addresses and machines' addresses."""

UNMISTAKABLE: tuple[Rule, ...] = (*KEYS[:2], IDS[0])
"""What is not met by chance among bytes that are no text."""

_SIGNED = re.compile(r"(?i)sig|signature|token|key|x-(?:amz|goog)-[a-z-]+")
_SECRET = frozenset({
    "api_key", "authorization", "access_token", "refresh_token", "client_secret", "password", "secret", "cookie",
    "x_api_key", "redacted_api_key",
})  # fmt: skip
_PERSONAL = frozenset({
    "user", "user_id", "end_user_id", "safety_identifier", "team", "team_id", "org_id", "organization",
    "organization_id", "org", "project", "project_id", "tenant_id", "api_key_id", "create_user_id", "modify_user_id",
    "email", "ip", "ip_address", "x_request_id", "request_id",
})  # fmt: skip
_CHOSEN = frozenset({"custom_id", "model_id"})  # by whoever writes the request
_CURSORS = frozenset({"id", "ids", "after", "before", "pagination_token", "next_page_token", "page_token", "cursor"})


def is_secret(name: str) -> bool:
    """Whether what a field holds is never shown."""
    return _plain(name) in _SECRET


def is_secret_parameter(name: str) -> bool:
    """Whether what a parameter of a query holds is never shown."""
    return is_secret(name) or _SIGNED.fullmatch(name) is not None


def is_personal(name: str) -> bool:
    """Whether a field tells who it was, whatever it looks like."""
    return _plain(name) in _PERSONAL


def is_id(name: str) -> bool:
    """Whether a field holds an id, if it looks like one."""
    name = _plain(name)
    return name not in _CHOSEN and (name in _CURSORS or name.endswith(("_id", "_ids")))


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").removeprefix("openai_").removeprefix("xai_")
