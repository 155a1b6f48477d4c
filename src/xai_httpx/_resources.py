"""The resources of a client; each loads, with its models, when it is first touched."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ._calls import Calls

if TYPE_CHECKING:
    from .resources.account import Account
    from .resources.batches import Batches
    from .resources.chat import ChatResource
    from .resources.collections import Collections
    from .resources.documents import Documents
    from .resources.embeddings import Embeddings
    from .resources.files import Files
    from .resources.images import Images
    from .resources.legacy import Complete, LegacyCompletions, Messages
    from .resources.models import Models
    from .resources.responses import Responses
    from .resources.skills import Skills
    from .resources.tokenizer import Tokenizer
    from .resources.videos import Videos


class Resources(Calls):
    """The groups of endpoints, as attributes of the client."""

    @cached_property
    def chat(self) -> ChatResource:
        """Chat completions."""
        from .resources.chat import ChatResource

        return ChatResource(self)

    @cached_property
    def responses(self) -> Responses:
        """The Responses API: stored conversations, server-side tools, reasoning."""
        from .resources.responses import Responses

        return Responses(self)

    @cached_property
    def files(self) -> Files:
        """Files kept at xAI: for attachments, batches and collections."""
        from .resources.files import Files

        return Files(self)

    @cached_property
    def models(self) -> Models:
        """The model catalogue, whole and by family."""
        from .resources.models import Models

        return Models(self)

    @cached_property
    def embeddings(self) -> Embeddings:
        """Vectors of texts."""
        from .resources.embeddings import Embeddings

        return Embeddings(self)

    @cached_property
    def skills(self) -> Skills:
        """Folders of instructions that models can draw on."""
        from .resources.skills import Skills

        return Skills(self)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Texts to tokens."""
        from .resources.tokenizer import Tokenizer

        return Tokenizer(self)

    @cached_property
    def images(self) -> Images:
        """Images from words and from other images."""
        from .resources.images import Images

        return Images(self)

    @cached_property
    def videos(self) -> Videos:
        """Videos from words, images and other videos."""
        from .resources.videos import Videos

        return Videos(self)

    @cached_property
    def account(self) -> Account:
        """The API key in use and its owner."""
        from .resources.account import Account

        return Account(self)

    @cached_property
    def batches(self) -> Batches:
        """Many requests at once, worked off in the background."""
        from .resources.batches import Batches

        return Batches(self)

    @cached_property
    def completions(self) -> LegacyCompletions:
        """A legacy endpoint; `chat.completions` is what new code uses."""
        from .resources.legacy import LegacyCompletions

        return LegacyCompletions(self)

    @cached_property
    def complete(self) -> Complete:
        """A legacy endpoint; `chat.completions` is what new code uses."""
        from .resources.legacy import Complete

        return Complete(self)

    @cached_property
    def messages(self) -> Messages:
        """A legacy endpoint; `chat.completions` and `responses` are what new code uses."""
        from .resources.legacy import Messages

        return Messages(self)

    @cached_property
    def collections(self) -> Collections:
        """Sets of documents that can be searched; the management key is needed."""
        from .resources.collections import Collections

        return Collections(self)

    @cached_property
    def documents(self) -> Documents:
        """Search in collections."""
        from .resources.documents import Documents

        return Documents(self)
