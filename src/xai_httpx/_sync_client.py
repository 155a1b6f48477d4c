"""The sync client, for scripts."""

from __future__ import annotations

from types import TracebackType
from typing import Any, NoReturn, Self

from ._client import AsyncXAI
from ._config import ClientConfig, Key
from ._download import Download
from ._homes import HTTPClient
from ._raw import RawReply
from ._runner import Runner
from ._slots import Concurrency
from ._sync import forgetting
from ._sync_resources import SyncResources
from ._typing import parameters_of


class XAI(SyncResources):
    """A sync client of the xAI REST API: the methods of `AsyncXAI` without `await`.

        with XAI() as client:
            completion = client.chat.completions.create(model="grok-4.6", messages=[...])

    It runs an `AsyncXAI` in a thread of its own and takes the same arguments. It may be used from several threads.
    """

    @parameters_of(AsyncXAI.__init__)
    def __init__(self, **options: Any) -> None:
        try:
            self._begin(AsyncXAI(**options))
        finally:
            options.clear()  # no locals of this frame, for tracebacks may be logged with them

    def _begin(self, client: AsyncXAI, runner: Runner | None = None) -> None:
        self._client = client
        self._runner = runner or Runner(client.aclose)
        self._owns_runner = runner is None

    @classmethod
    def from_config(
        cls,
        config: ClientConfig,
        *,
        api_key: Key | None = None,
        management_key: Key | None = None,
        proxy: str | None = None,
        http_client: HTTPClient | None = None,
    ) -> Self:
        """A client like another, in another process for one; see `AsyncXAI.from_config`."""
        given: dict[str, Any] = {"api_key": api_key, "management_key": management_key, "proxy": proxy}
        del api_key, management_key, proxy  # no locals of this frame, for tracebacks may be logged with them
        made = cls.__new__(cls)
        try:
            made._begin(AsyncXAI.from_config(config, http_client=http_client, **given))
        finally:
            given.clear()
        return made

    @parameters_of(AsyncXAI.with_options)
    def with_options(self, **options: Any) -> Self:
        """This client with other defaults for its calls; see `AsyncXAI.with_options`."""
        other = type(self).__new__(type(self))
        other._begin(self._client.with_options(**options), self._runner)
        return other

    def __repr__(self) -> str:
        client = vars(self).get("_client")  # none while it is being made
        return repr(client).replace("AsyncXAI", "XAI", 1) if client else f"{type(self).__name__}(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "XAI cannot be pickled or copied, for its connections belong to this process: "
            "pickle client.config, which holds no key, and call XAI.from_config(config) there"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections and end the thread; the client cannot be used any more. May be called again."""
        if self._owns_runner:
            self._runner.stop()

    @property
    def config(self) -> ClientConfig:
        """What the client was made with."""
        return self._client.config

    @property
    def concurrency(self) -> Concurrency:
        """How many requests and open streams are under way, how many may be, and how many wait."""
        return self._client.concurrency

    @parameters_of(AsyncXAI.request)
    def request(self, *args: Any, **kwargs: Any) -> RawReply:
        """Call an endpoint that has no method here yet; see `AsyncXAI.request`."""
        with forgetting(kwargs):
            return self._runner.run(lambda: self._client.request(*args, **kwargs))

    @parameters_of(AsyncXAI.download)
    def download(self, *args: Any, **kwargs: Any) -> Download:
        """Write the reply of any endpoint to a file; see `AsyncXAI.download`."""
        return self._runner.run(lambda: self._client.download(*args, **kwargs))
