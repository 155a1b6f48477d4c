"""The resources of the sync client; each loads, with its models, when it is first touched."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ._runner import Runner

if TYPE_CHECKING:
    from ._client import AsyncXAI
    from .resources.account import SyncAccount
    from .resources.batches import SyncBatches
    from .resources.chat import SyncChatResource
    from .resources.collections import SyncCollections
    from .resources.documents import SyncDocuments
    from .resources.embeddings import SyncEmbeddings
    from .resources.files import SyncFiles
    from .resources.images import SyncImages
    from .resources.legacy import SyncComplete, SyncLegacyCompletions, SyncMessages
    from .resources.models import SyncModels
    from .resources.responses import SyncResponses
    from .resources.skills import SyncSkills
    from .resources.tokenizer import SyncTokenizer
    from .resources.videos import SyncVideos


class SyncResources:
    """The groups of endpoints, as attributes of the sync client."""

    _client: AsyncXAI
    _runner: Runner

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
    def files(self) -> SyncFiles:
        """Files kept at xAI: for attachments, batches and collections."""
        from .resources.files import SyncFiles

        return SyncFiles(self._client.files, self._runner)

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
    def skills(self) -> SyncSkills:
        """Folders of instructions that models can draw on."""
        from .resources.skills import SyncSkills

        return SyncSkills(self._client.skills, self._runner)

    @cached_property
    def tokenizer(self) -> SyncTokenizer:
        """Texts to tokens."""
        from .resources.tokenizer import SyncTokenizer

        return SyncTokenizer(self._client.tokenizer, self._runner)

    @cached_property
    def images(self) -> SyncImages:
        """Images from words and from other images."""
        from .resources.images import SyncImages

        return SyncImages(self._client.images, self._runner)

    @cached_property
    def videos(self) -> SyncVideos:
        """Videos from words, images and other videos."""
        from .resources.videos import SyncVideos

        return SyncVideos(self._client.videos, self._runner)

    @cached_property
    def account(self) -> SyncAccount:
        """The API key in use and its owner."""
        from .resources.account import SyncAccount

        return SyncAccount(self._client.account, self._runner)

    @cached_property
    def batches(self) -> SyncBatches:
        """Many requests at once, worked off in the background."""
        from .resources.batches import SyncBatches

        return SyncBatches(self._client.batches, self._runner)

    @cached_property
    def completions(self) -> SyncLegacyCompletions:
        """A legacy endpoint; `chat.completions` is what new code uses."""
        from .resources.legacy import SyncLegacyCompletions

        return SyncLegacyCompletions(self._client.completions, self._runner)

    @cached_property
    def complete(self) -> SyncComplete:
        """A legacy endpoint; `chat.completions` is what new code uses."""
        from .resources.legacy import SyncComplete

        return SyncComplete(self._client.complete, self._runner)

    @cached_property
    def messages(self) -> SyncMessages:
        """A legacy endpoint; `chat.completions` and `responses` are what new code uses."""
        from .resources.legacy import SyncMessages

        return SyncMessages(self._client.messages, self._runner)

    @cached_property
    def collections(self) -> SyncCollections:
        """Sets of documents that can be searched; the management key is needed."""
        from .resources.collections import SyncCollections

        return SyncCollections(self._client.collections, self._runner)

    @cached_property
    def documents(self) -> SyncDocuments:
        """Search in collections."""
        from .resources.documents import SyncDocuments

        return SyncDocuments(self._client.documents, self._runner)
