"""The account behind the simulated key."""

from .._json import JsonObject

_KEY_ID = "5f0d6c1e-0000-4000-8000-000000000001"
_USER_ID = "5f0d6c1e-0000-4000-8000-000000000002"
_TEAM_ID = "5f0d6c1e-0000-4000-8000-000000000003"
_CREATED = "2026-01-01T00:00:00Z"


def api_key_body(api_key: str) -> JsonObject:
    """Build the reply of `GET /v1/api-key`."""
    return {
        "redacted_api_key": redacted(api_key),
        "user_id": _USER_ID,
        "name": "Simulated key",
        "create_time": _CREATED,
        "modify_time": _CREATED,
        "modified_by": _USER_ID,
        "team_id": _TEAM_ID,
        "acls": ["api-key:endpoint:*", "api-key:model:*"],
        "api_key_id": _KEY_ID,
        "team_blocked": False,
        "api_key_blocked": False,
        "api_key_disabled": False,
    }


def me_body(api_key: str) -> JsonObject:
    """Build the reply of `GET /v1/me`."""
    return {
        "user_id": _USER_ID,
        "team_id": _TEAM_ID,
        "team_blocked": False,
        "zdr_status": "no_zdr",
        "api_key": {
            "api_key_id": _KEY_ID,
            "redacted_api_key": redacted(api_key),
            "blocked": False,
            "disabled": False,
        },
    }


def redacted(api_key: str) -> str:
    """Shorten a key to its last characters, or to none of them if it is short."""
    return f"xai-...{api_key[-4:] if len(api_key) >= 12 else ''}"
