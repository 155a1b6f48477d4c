"""Which proxy is used for which host: the client's, or what environment and system say."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import SecretStr

if TYPE_CHECKING:
    from ._config import ClientConfig

ELSEWHERE = "https://files-cdn.x.ai"  # stands for the hosts that files and generated media come from


def proxies(config: ClientConfig) -> tuple[SecretStr | None, dict[str, SecretStr | None]]:
    """The proxy for all hosts, and by `host:port` those for the hosts of the API where they are reached another way."""
    if config.proxy:
        return config.proxy, {}
    elsewhere = proxy_for(ELSEWHERE)
    of_api = {urlsplit(url).netloc: proxy_for(url) for url in (config.base_url, config.management_base_url)}
    return elsewhere, {origin: proxy for origin, proxy in of_api.items() if proxy != elsewhere}


def proxy_for(url: str) -> SecretStr | None:
    """The proxy that the environment or the system names for a URL, with the exceptions of `NO_PROXY`.

    httpx looks for it itself only where it makes the connections, without options for their sockets.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    found = getproxies()
    proxy = found.get(parts.scheme) or found.get("all")
    if not proxy:
        return None
    return SecretStr(proxy if "://" in proxy else f"http://{proxy}")
