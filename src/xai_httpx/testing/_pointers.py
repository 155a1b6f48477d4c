"""How to point clients at a server."""

import json
from shlex import quote


def pointers(url: str, key: str | None, management_key: str | None) -> str:
    """What a server prints: lines to copy.

    Args:
        url: Its address, with the version.
        key: The key that it takes; None if that is the user's own.
        management_key: The same for the management API.
    """
    shell = quote(key) if key else '"$XAI_API_KEY"'
    python = json.dumps(key) if key else 'os.environ["XAI_API_KEY"]'
    keys = [f"    export XAI_API_KEY={shell} XAI_MANAGEMENT_KEY={quote(management_key)}"] if management_key else []
    question = '{"model": "grok-4.6", "messages": [{"role": "user", "content": "Hello"}]}'
    return "\n".join([
        "  xai-httpx, without a change to the program:",
        f"    export XAI_BASE_URL={url} XAI_MANAGEMENT_BASE_URL={url}",
        *keys,
        "  xai-httpx, in Python:",
        f'    AsyncXAI(base_url="{url}", api_key={python})',
        "  OpenAI SDK:",
        f'    OpenAI(base_url="{url}", api_key={python})',
        "  curl:",
        f'    curl {url}/chat/completions -H "Authorization: Bearer "{shell} \\',
        f"      -H 'Content-Type: application/json' -d '{question}'",
    ])  # fmt: skip
