"""How a client sends: a call to its reply, its stream or a file. Resources are made of this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._call import Call, Pending, Replay
from ._config import ClientConfig, RequestOptions, Settings
from ._deadline import Deadline
from ._encode import encode
from ._errors import NotFoundError
from ._meta import Meta
from ._metering import IN_CONTEXT, Meters, lost, metered, metering
from ._models import decode
from ._open_body import Body
from ._prepare import ANYTHING, EVENTS, JSON, checked_content, fetching, prepared
from ._raw import RawReply
from ._request import Request
from ._retry import with_retries
from ._sources import Progress
from ._transport import Reply

if TYPE_CHECKING:
    from ._accumulate import Accumulator
    from ._core import Core
    from ._download import Download
    from ._streams import Stream

E = TypeVar("E")
R = TypeVar("R")
T = TypeVar("T")


class Calls:
    """What a client is made of as far as a call needs it, and the ways of a call."""

    _config: ClientConfig
    _core: Core

    def _call(self, call: Call[T], options: RequestOptions | None = None) -> Coroutine[Any, Any, T]:
        """Send a call and decode its reply; resource methods are made of this."""
        own = self._core.meters
        meters = metering(call, own) if own or IN_CONTEXT.get() else ()  # few calls have any
        reply = self._decoded(call, options, meters)
        return metered(meters, call, reply) if meters else reply

    async def _decoded(self, call: Call[T], options: RequestOptions | None, meters: Meters) -> T:
        core = self._core
        try:
            request, settings = self._prepared(call, options)
            again = with_retries if call.upload is None else call.upload.with_retries
            reply = await again(core.send, request, call.replay, settings.retries, core.budget)
            if meters and call.replay is Replay.CREATE:
                lost(meters, request)
        except NotFoundError as error:
            if call.deferred and error.attempts > 1:
                error.message += "; if the reply to an earlier attempt was lost, so was the result: it is read once"
            if call.when_empty is None or error.attempts < 2:
                raise
            reply = Reply(cast(Meta, error.meta), b"")  # it was sent again after it had worked
        if call.deferred and reply.meta.status == 202:
            return cast(T, Pending(reply.meta))
        empty = not reply.content and reply.meta.status in (204, 404)
        content = encode(call.when_empty) if empty and call.when_empty is not None else reply.content
        return decode(content, call.returns, reply.meta, strict=self._config.strict)

    def _stream(
        self,
        call: Call[Any],
        events: Any,
        accumulator: Callable[[bool], Accumulator[E, R]],
        options: RequestOptions | None = None,
    ) -> Stream[E, R]:
        """Prepare a call whose reply is a stream of `events`; it is sent when the stream is entered."""
        from ._events import EventReader
        from ._streams import Stream

        config, core = self._config, self._core
        settings = config.settings.merged(options)
        content = checked_content(call, config, settings)
        return Stream(
            lambda deadline: prepared(call, content, config, settings, deadline, EVENTS),
            core.open,
            partial(with_retries, replay=call.replay, policy=settings.retries, budget=core.budget),
            lambda: EventReader(
                events,
                accumulator(settings.accumulate),
                max_event_bytes=config.max_event_bytes,
                strict=config.strict,
            ),
            settings,
            partial(metering, call, core.meters),
        )

    def _raw(
        self, call: Call[Any], options: RequestOptions | None, accept: str = ANYTHING
    ) -> Coroutine[Any, Any, RawReply]:
        """Send a call and return its reply as it came; that to `ANYTHING` is a file, and no error whatever is in it."""
        own = self._core.meters
        meters = metering(call, own) if own or IN_CONTEXT.get() else ()  # few calls have any
        reply = self._unread(call, options, accept, meters)
        return metered(meters, call, reply) if meters else reply

    async def _unread(self, call: Call[Any], options: RequestOptions | None, accept: str, meters: Meters) -> RawReply:
        request, settings = self._prepared(call, options, accept)
        send = with_retries if call.upload is None else call.upload.with_retries
        reply = await send(self._core.send, request, call.replay, settings.retries, self._core.budget)
        if meters and call.replay is Replay.CREATE:
            lost(meters, request)
        return RawReply(reply.content, reply.meta)

    async def _saved(
        self, call: Call[Any], to: str | PathLike[str], options: RequestOptions | None, on_progress: Progress | None
    ) -> Download:
        """Send a call and write its reply to a file."""
        meters = metering(call, self._core.meters)
        request, settings = self._prepared(call, options, ANYTHING)
        written = self._written(to, self._core.open, request, settings, call.replay, on_progress)
        return await (metered(meters, call, written) if meters else written)

    async def _fetched(self, url: str, options: RequestOptions | None) -> RawReply:
        """Fetch a file from a URL that the API gave out; see `fetching`."""
        request, settings = self._fetching(url, options)
        transport = self._core.transport
        reply = await with_retries(transport.send, request, Replay.READ, settings.retries, self._core.budget)
        return RawReply(reply.content, reply.meta)

    async def _fetched_to(
        self, url: str, to: str | PathLike[str], options: RequestOptions | None, on_progress: Progress | None
    ) -> Download:
        """Write a file from a URL that the API gave out to a file here."""
        request, settings = self._fetching(url, options)
        return await self._written(to, self._core.transport.open, request, settings, Replay.READ, on_progress)

    def _fetching(self, url: str, options: RequestOptions | None) -> tuple[Request, Settings]:
        settings = self._config.settings.merged(options)
        return fetching(url, self._config, settings, Deadline(settings.deadline)), settings

    async def _written(
        self,
        to: str | PathLike[str],
        open: Callable[[Request], Awaitable[Body]],
        request: Request,
        settings: Settings,
        replay: Replay,
        on_progress: Progress | None,
    ) -> Download:
        from ._download import download

        again = partial(with_retries, replay=replay, policy=settings.retries, budget=self._core.budget)
        return await download(to, open, request, again, self._config.min_body_rate, on_progress)

    def _prepared(
        self, call: Call[Any], options: RequestOptions | None, accept: str = JSON
    ) -> tuple[Request, Settings]:
        config = self._config
        settings = config.settings.merged(options) if options else config.settings
        deadline = Deadline(settings.deadline)
        return prepared(call, checked_content(call, config, settings), config, settings, deadline, accept), settings
