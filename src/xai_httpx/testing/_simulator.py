"""The simulator as its user sees it."""

import os
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio
import anyio.to_thread

from .._client import AsyncXAI
from .._sync_client import XAI
from .._typing import parameters_of
from ._api.state import RejectedRequest, SimulatedRequest, SimulatorState
from ._failing import Failing
from ._scripting import Scripting

if TYPE_CHECKING:
    from ._api.server import LoopbackServer
    from ._saving.persistence import Persistence


class SimulatedXAI(Scripting, Failing):
    """A server on loopback that behaves like the xAI API, with state, without network, key or cost.

    It runs in a thread of its own, so clients on asyncio, on Trio and in plain sync code reach it alike:

        with SimulatedXAI() as sim:
            sim.reply("Paris.")
            async with sim.client() as client:
                ...

    Unscripted, models echo what the user said. `requests` holds what was received, oldest first.
    """

    def __init__(
        self,
        *,
        api_key: str = "xai-simulated-key",
        management_key: str = "xai-simulated-management-key",
        port: int = 0,
        tokens_per_second: float | None = None,
        persist: str | os.PathLike[str] | None = None,
    ) -> None:
        """Set the simulator up; `start` or a `with` block starts it.

        Args:
            api_key: The only key that is accepted.
            management_key: The only key that the management API accepts, which is served at the same address.
            port: The port to listen on; 0 takes a free one.
            tokens_per_second: How fast models answer, in streams and at once; None as fast as they can.
            persist: A directory, made if need be, that keeps what is stored (responses, deferred completions, files,
                skills, batches, collections, images and videos, and how far `advance` moved the time) for the next
                simulator with the same one. Only one at a time may run with it. None keeps nothing.

        Raises:
            ImportError: What the extra `simulator` installs is missing.
            TypeError: `persist` is no path.
            ValueError: `tokens_per_second` is not above 0, or `persist` is empty.
        """
        require_extra()
        self._port = port
        self._state = SimulatorState(api_key, management_key)
        self.tokens_per_second = tokens_per_second
        self._server: LoopbackServer | None = None
        self._persistence: Persistence | None = None
        if persist is not None:
            from ._saving import persistence

            self._persistence = persistence.Persistence(persist, self._state.clock, self._state.journal)

    @property
    def api_key(self) -> str:
        """The key that is accepted."""
        return self._state.api_key

    @property
    def management_key(self) -> str:
        """The key that the management API accepts."""
        return self._state.management_key

    @property
    def requests(self) -> list[SimulatedRequest]:
        """The requests received so far, oldest first; the list itself, so it can be cleared."""
        return self._state.requests

    @property
    def rejected(self) -> list[RejectedRequest]:
        """The requests that were refused with 400 to 499 because of what they said, oldest first; the list itself."""
        return self._state.rejected

    @property
    def tokens_per_second(self) -> float | None:
        """How fast models answer; None as fast as they can. May be set at any time.

        Raises:
            ValueError: It is set to something that is not above 0.
        """
        return self._state.limits.tokens_per_second

    @tokens_per_second.setter
    def tokens_per_second(self, speed: float | None) -> None:
        if speed is not None and not speed > 0:
            raise ValueError(f"tokens_per_second must be above 0 or None, not {speed}.")
        self._state.limits.tokens_per_second = speed

    @property
    def base_url(self) -> str:
        """The URL for a client's `base_url`.

        Raises:
            RuntimeError: The simulator does not run.
        """
        if self._server is None:
            raise RuntimeError("The simulator does not run: use `with SimulatedXAI() as sim:` or call `start()`.")
        return f"http://127.0.0.1:{self._server.port}/v1"

    def start(self) -> None:
        """Start serving; returns once requests are served.

        Raises:
            OSError: The port is in use.
            RuntimeError: The simulator runs already.
            StateError: The directory of `persist` cannot be made or written, is in use by another simulator, or has no
                state that can be read.
        """
        from ._api.app import build_app
        from ._api.server import LoopbackServer

        if self._server is not None:
            raise RuntimeError(f"The simulator runs already, at {self.base_url}.")
        if self._persistence is not None:
            self._persistence.open()
        try:
            self._server = LoopbackServer(build_app(self._state), self._port)
        except BaseException:
            self._leave()
            raise

    def stop(self) -> None:
        """Stop serving and cut open connections; harmless if it does not run. It can be started again.

        Raises:
            StateError: The last changes cannot be written to the directory of `persist`.
        """
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._leave()

    def _leave(self) -> None:
        if self._persistence is not None:
            self._persistence.close()

    def __enter__(self) -> Self:
        """Start serving."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start serving, without blocking the event loop."""
        await anyio.to_thread.run_sync(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop serving, without blocking the event loop, even when cancelled."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.stop)

    @property
    def _access(self) -> dict[str, Any]:
        return {
            "api_key": self.api_key,
            "management_key": self.management_key,
            "base_url": self.base_url,
            "management_base_url": self.base_url,
        }

    @parameters_of(AsyncXAI.__init__)
    def client(self, **options: Any) -> AsyncXAI:
        """Make a client of this simulator.

        Args:
            options: Further arguments of `AsyncXAI`.

        Raises:
            RuntimeError: The simulator does not run.
        """
        return AsyncXAI(**{**self._access, **options})

    @parameters_of(AsyncXAI.__init__)
    def sync_client(self, **options: Any) -> XAI:
        """Make a sync client of this simulator.

        Args:
            options: Further arguments of `XAI`.

        Raises:
            RuntimeError: The simulator does not run.
        """
        return XAI(**{**self._access, **options})


def require_extra() -> None:
    """Check that what the simulator needs is installed, without importing it.

    Raises:
        ImportError: It is not.
    """
    for name in ("starlette", "uvicorn", "jsonschema_rs", "rstr"):
        if find_spec(name) is None:
            raise ImportError(f"The simulator needs {name}: pip install 'xai-httpx[simulator]'", name=name)
