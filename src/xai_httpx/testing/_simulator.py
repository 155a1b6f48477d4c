"""The simulator as its user sees it."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio
import anyio.to_thread

from .._client import AsyncXAI
from .._sync_client import XAI
from .._typing import parameters_of
from ._brain import Script, ToolUse
from ._errors import error_body
from ._json import compact
from ._media_store import Fate
from ._state import CannedReply, SimulatedRequest, SimulatorState

if TYPE_CHECKING:
    from ._server import LoopbackServer


class SimulatedXAI:
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
    ) -> None:
        """Set the simulator up; `start` or a `with` block starts it.

        Args:
            api_key: The only key that is accepted.
            management_key: The only key that the management API accepts, which is served at the same address.
            port: The port to listen on; 0 takes a free one.

        Raises:
            ImportError: Starlette or uvicorn is missing.
        """
        _require_extra()
        self._port = port
        self._state = SimulatorState(api_key, management_key)
        self._server: LoopbackServer | None = None

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
        """
        from ._app import build_app
        from ._server import LoopbackServer

        if self._server is not None:
            raise RuntimeError(f"The simulator runs already, at {self.base_url}.")
        self._server = LoopbackServer(build_app(self._state), self._port)

    def stop(self) -> None:
        """Stop serving and cut open connections; harmless if it does not run. It can be started again."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

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

    def reply(self, text: str, reasoning: str | None = None) -> None:
        """Let the next model call, chat or responses, answer with a text.

        Scripts queue up: the first call takes the first one. A call that fails takes none.

        Args:
            text: The answer.
            reasoning: The reasoning before it; if None, the default of the model.
        """
        self._state.scripts.append(Script(text, reasoning))

    def reply_tool_call(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Let the next model call answer with one tool call; queues up like `reply`."""
        self.reply_tool_calls([(name, arguments)])

    def reply_tool_calls(self, calls: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Let the next model call answer with several tool calls at once; queues up like `reply`.

        Raises:
            ValueError: There are no calls.
        """
        uses = tuple(ToolUse(name, compact(dict(arguments))) for name, arguments in calls)
        if not uses:
            raise ValueError("reply_tool_calls needs at least one call.")
        self._state.scripts.append(Script(tool_uses=uses))

    def keep_pending(self, polls: int) -> None:
        """Let what is started from now on be pending for so many polls: what is deferred, videos, and batches.

        Without this it is for 1. The progress of a video is 0 at the first of them, and below 100 at the last. A batch
        gets on at each, and if it is of a file, shows no requests at the first.

        Raises:
            ValueError: `polls` is negative.
        """
        if polls < 0:
            raise ValueError(f"polls must be 0 or more, not {polls}.")
        media = self._state.media
        for store in (self._state.deferred, media.images, media.videos, self._state.batches):
            store.pending_polls = polls

    def moderate(self, times: int = 1) -> None:
        """Let moderation withhold the next images or videos that are made.

        What is withheld has no URL and no data, and `respect_moderation` is false. The other form, the refusal of a
        whole request, is `fail(400, message="Generated image rejected by content moderation")`.

        Args:
            times: How many; of a request for several images, each counts.

        Raises:
            ValueError: `times` is below 1.
        """
        _check_times(times)
        self._state.media.moderated.extend([None] * times)

    def fail_job(
        self, code: str = "internal_error", message: str = "The job failed (simulated).", times: int = 1
    ) -> None:
        """Let the next videos and deferred images that are started fail when they are polled; queues up.

        Args:
            code: The server's word for why.
            message: Its text.
            times: How many.

        Raises:
            ValueError: `times` is below 1.
        """
        _check_times(times)
        self._state.media.fates.extend([Fate("failed", {"code": code, "message": message})] * times)

    def expire_job(self, times: int = 1) -> None:
        """Let the next videos and deferred images that are started have expired when they are polled; queues up.

        Args:
            times: How many.

        Raises:
            ValueError: `times` is below 1.
        """
        _check_times(times)
        self._state.media.fates.extend([Fate("expired")] * times)

    def limit_uploads(self, max_bytes: int) -> None:
        """Let files and skills that are larger than this be refused with 413; without this, 50 MiB.

        Raises:
            ValueError: `max_bytes` is below 1.
        """
        if max_bytes < 1:
            raise ValueError(f"max_bytes must be at least 1, not {max_bytes}.")
        self._state.files.max_bytes = self._state.skills.max_bytes = max_bytes

    def keep_indexing(self, reads: int) -> None:
        """Let documents that are added or indexed anew be found unfinished by so many reads; without this, by 1.

        What reads a document is each request that fetches it, lists its collection or searches it.

        Raises:
            ValueError: `reads` is negative.
        """
        if reads < 0:
            raise ValueError(f"reads must be 0 or more, not {reads}.")
        self._state.collections.pending_polls = reads

    def fail_indexing(self, message: str, times: int = 1) -> None:
        """Let the documents that are added or indexed anew next end as failed. Files without text do so by themselves.

        Args:
            message: Their `error_message`.
            times: How many documents fail.

        Raises:
            ValueError: `times` is below 1, or the message is empty.
        """
        _check_times(times)
        if not message:
            raise ValueError("message must be some text.")
        self._state.collections.failures.extend([message] * times)

    def advance(self, seconds: float) -> None:
        """Let time pass for what is stored, so that files and public URLs expire.

        Args:
            seconds: How much later it is from now on.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"seconds must be 0 or more, not {seconds}.")
        self._state.clock.advance(seconds)

    def fail(
        self,
        status: int,
        code: str | None = None,
        message: str | None = None,
        retry_after: float | str | None = None,
        times: int = 1,
    ) -> None:
        """Let the next API calls, of any route, fail with xAI's error body.

        Args:
            status: The HTTP status.
            code: The text of `code`; if None, the one xAI uses for the status.
            message: The text of `error`.
            retry_after: The value of the `Retry-After` header: seconds or an HTTP date.
            times: How many calls fail.

        Raises:
            ValueError: `times` is below 1, or the status is not a final one.
        """
        headers = {"content-type": "application/json"}
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        self._queue(CannedReply(status, compact(error_body(status, code, message)).encode(), headers), times)

    def raw(self, status: int, body: bytes, content_type: str | None, times: int = 1) -> None:
        """Let the next API calls, of any route, get these bytes: an error page, an empty body, broken JSON.

        Args:
            status: The HTTP status.
            body: The bytes of the body.
            content_type: The `Content-Type`; None sends none.
            times: How many calls get them.

        Raises:
            ValueError: `times` is below 1, or the status is not a final one.
        """
        headers = {} if content_type is None else {"content-type": content_type}
        self._queue(CannedReply(status, body, headers), times)

    def _queue(self, canned: CannedReply, times: int) -> None:
        _check_times(times)
        if not 200 <= canned.status <= 999:
            raise ValueError(f"status must be a final HTTP status, not {canned.status}.")
        self._state.canned.extend([canned] * times)


def _check_times(times: int) -> None:
    if times < 1:
        raise ValueError(f"times must be at least 1, not {times}.")


def _require_extra() -> None:
    try:
        for name in ("starlette", "uvicorn"):
            import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(f"The simulator needs {error.name}: pip install 'xai-httpx[simulator]'") from error
