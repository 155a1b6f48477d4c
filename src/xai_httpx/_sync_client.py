"""The sync client, for scripts."""

from __future__ import annotations

from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ._client import AsyncXAI
from ._raw import RawReply
from ._sync import Runner
from ._typing import parameters_of

if TYPE_CHECKING:
    from .resources.account import SyncAccount
    from .resources.chat import SyncChatResource
    from .resources.embeddings import SyncEmbeddings
    from .resources.models import SyncModels
    from .resources.responses import SyncResponses
    from .resources.tokenizer import SyncTokenizer


class XAI:
    """A sync client of the xAI REST API: the methods of `AsyncXAI` without `await`.

        with XAI() as client:
            completion = client.chat.completions.create(model="grok-4.6", messages=[...])

    It runs an `AsyncXAI` in a thread of its own and takes the same arguments. It may be used from several threads.
    """

    @parameters_of(AsyncXAI.__init__)
    def __init__(self, **options: Any) -> None:
        self._client = AsyncXAI(**options)
        self._runner = Runner()

    def __repr__(self) -> str:
        return repr(self._client).replace("AsyncXAI", "XAI", 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections and end the thread; the client cannot be used any more. May be called again."""
        self._runner.stop(self._client.aclose)

    @cached_property
    def chat(self) -> SyncChatResource:
        """Chat completions."""
        from .resources.chat import SyncChatResource

        return SyncChatResource(self._client.chat, self._runner)

    @cached_property
    def responses(self) -> SyncResponses:
        """The Responses API: stored conversations, server-side tools, reasoning."""
        from .resources.responses import SyncResponses

        return SyncResponses(self._client.responses, self._runner)

    @cached_property
    def models(self) -> SyncModels:
        """The model catalogue, whole and by family."""
        from .resources.models import SyncModels

        return SyncModels(self._client.models, self._runner)

    @cached_property
    def embeddings(self) -> SyncEmbeddings:
        """Vectors of texts."""
        from .resources.embeddings import SyncEmbeddings

        return SyncEmbeddings(self._client.embeddings, self._runner)

    @cached_property
    def tokenizer(self) -> SyncTokenizer:
        """Texts to tokens."""
        from .resources.tokenizer import SyncTokenizer

        return SyncTokenizer(self._client.tokenizer, self._runner)

    @cached_property
    def account(self) -> SyncAccount:
        """The API key in use and its owner."""
        from .resources.account import SyncAccount

        return SyncAccount(self._client.account, self._runner)

    @parameters_of(AsyncXAI.request)
    def request(self, *args: Any, **kwargs: Any) -> RawReply:
        """Call an endpoint that has no method here yet; see `AsyncXAI.request`."""
        return self._runner.run(partial(self._client.request, *args, **kwargs))
