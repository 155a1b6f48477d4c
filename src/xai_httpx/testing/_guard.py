"""The guard: while tests run, no request reaches a real server.

It stands in the connection pools of httpcore, httpcore2 and aiohttp, and in our own, below whatever mocks them: what a
mock answers never comes here.
"""

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

OURS = "xai_httpx._connections"
LIBRARIES = ("httpcore", "httpcore2", "aiohttp", OURS)
_MARK = "xai_httpx"  # the extension that requests of our own client have, and the attribute of its connections
_permits: list[None] = []


class RealRequestError(RuntimeError):
    """A request to a real server was stopped, for it was made while tests run.

    Attributes:
        request: Its method and URL, without the query.
    """

    def __init__(self, request: str) -> None:
        """Tell of the request `request`."""
        super().__init__(request)
        self.request = request

    def __str__(self) -> str:
        """Tell what was stopped, and what to do about it."""
        return (
            f"{self.request} was stopped, for tests run. Use the fixtures xai_client and xai_simulator or a mock, "
            "or mark a test of the real API with xai_live and run pytest with --xai-live."
        )


@contextmanager
def allow_real_requests() -> Generator[None, None, None]:
    """Let requests of all threads reach real servers, as long as the block lasts."""
    _permits.append(None)
    try:
        yield
    finally:
        _permits.pop()


class Guard(MetaPathFinder):
    """Stops requests to hosts of xAI, and those of our own client to any host but this machine.

    Attributes:
        stopped: The requests that were stopped since somebody emptied this list.
    """

    def __init__(self) -> None:
        """Stand ready; `install` begins."""
        self.stopped: list[str] = []
        self._originals: list[tuple[type, str, Callable[..., Any]]] = []

    def install(self) -> None:
        """Guard the pools of the libraries that are imported, and of the others once they are."""
        for library in LIBRARIES:
            if library in sys.modules:
                self._guard(sys.modules[library])
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Leave everything as it was."""
        sys.meta_path.remove(self)
        while self._originals:
            setattr(*self._originals.pop())

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a library as Python would without this, and see to it that it is guarded after it was imported."""
        if name not in LIBRARIES:
            return None
        others = sys.meta_path[sys.meta_path.index(self) + 1 :]
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_guard(module: ModuleType) -> None:
                execute(module)
                if module.__name__ == name:  # some loaders load more than one
                    self._guard(module)

            setattr(spec.loader, "exec_module", execute_and_guard)  # noqa: B010 # it is no field to a type checker
        return spec

    def _guard(self, library: ModuleType) -> None:
        places: list[tuple[type, str, Callable[..., Any]]]
        match library.__name__:
            case "aiohttp":
                places = [(library.BaseConnector, "connect", self._guarded_aiohttp)]
            case name if name == OURS:
                places = [(library.Connections, "send", self._guarded_async)]
            case _:
                places = [
                    (library.ConnectionPool, "handle_request", self._guarded),
                    (library.AsyncConnectionPool, "handle_async_request", self._guarded_async),
                ]
        for pool, method, guarded in places:
            original = getattr(pool, method)
            setattr(pool, method, guarded(original))
            self._originals.append((pool, method, original))

    def _guarded(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        def handle_request(pool: Any, request: Any) -> Any:
            self._check(request)
            return handle(pool, request)

        return handle_request

    def _guarded_async(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        async def handle_async_request(pool: Any, request: Any) -> Any:
            self._check(request)
            return await handle(pool, request)

        return handle_async_request

    def _guarded_aiohttp(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        async def guarded(connector: Any, request: Any, *rest: Any, **options: Any) -> Any:
            url = request.url
            host = (url.raw_host or "").lower().rstrip(".")
            self._stop(request.method, url.scheme, host, url.raw_path, ours=hasattr(connector, _MARK))
            return await connect(connector, request, *rest, **options)

        return guarded

    def _check(self, request: Any) -> None:
        method, url = request.method.decode("ascii", "replace"), request.url
        host = url.host.decode("ascii", "replace").lower().rstrip(".")
        path = url.target.decode("ascii", "replace").partition("?")[0]
        self._stop(method, url.scheme.decode(), host, path, ours=_MARK in request.extensions)

    def _stop(self, method: str, scheme: str, host: str, path: str, *, ours: bool) -> None:
        if not _permits and is_real(host, ours=ours):
            error = RealRequestError(f"{method} {scheme}://{host}{path}")
            self.stopped.append(error.request)
            raise error


def is_real(host: str, *, ours: bool) -> bool:
    """Whether a test has no business with a host.

    Args:
        host: The host of a request, in lower case.
        ours: Whether it is a request of our own client.
    """
    if host == "x.ai" or host.endswith(".x.ai"):
        return True
    if not ours:
        return False
    from .._config import is_loopback  # loaded already, and too heavy for every run of pytest

    return not is_loopback(host)
