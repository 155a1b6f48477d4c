"""What the model answered, in one form for both APIs."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .._meta import Meta
from .._usage import Usage
from ._entries import Answer, ToolCall

if TYPE_CHECKING:
    from ..types.chat import ChatCompletion
    from ..types.responses import Response

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Citation:
    """A source that a piece of the answer's text cites.

    Attributes:
        url: The source.
        title: Its title, or number in the text; None where the server sent none.
        start: Where in the text it is cited, as an index; None where the server did not say.
        end: Where that ends.
    """

    url: str
    title: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class ServerToolCall:
    """A tool that the server ran while it answered; nothing is left to do.

    Attributes:
        type: Which, such as `web_search_call`.
        name: The function or MCP tool; empty where there is none.
        arguments: What it was called with, JSON; empty where the server does not tell.
        status: How far it got, such as `completed`.
        id: The id of the call.
    """

    type: str
    name: str = ""
    arguments: str = ""
    status: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class GeneratedImage:
    """An image that the model made while it answered.

    Attributes:
        base64: The image; empty where it failed.
        prompt: What it was made from.
        status: How far it got, such as `completed`.
    """

    base64: str
    prompt: str | None = None
    status: str | None = None

    @property
    def data(self) -> bytes:
        """The bytes of the image.

        Raises:
            ValueError: There are none.
        """
        try:
            return b64decode(self.base64, validate=bool(self.base64)) or _no_image()
        except Error as error:
            raise ValueError(f"the image is no base64: {error}") from None


def _no_image() -> bytes:
    raise ValueError("there is no image: it failed, or is not finished")


@dataclass(frozen=True, slots=True)
class Reply(Generic[T_co]):
    """An answer of the model.

    Attributes:
        text: Its text; empty when there is none, as with tool calls.
        parsed: The text as the type that was asked for; None where none was.
        reasoning: What the model thought, as far as the server tells.
        refusal: Its words where it declined to answer; empty otherwise.
        tool_calls: Functions that the model asks the caller to run: neither those that the server ran, nor cut ones.
        server_tool_calls: Tools that the server ran.
        citations: URLs of its sources, each once.
        inline_citations: Where in the text which source is cited.
        images: Images that it made.
        finish_reason: Why it ended: `stop`, `tool_calls`, `length`, `content_filter`, or another word of the server.
        usage: Tokens and cost of the whole call, all answers of it together; None where the server told none.
        index: Which of several answers it is.
        raw: The response or completion, whole.
        answer: What goes back to the model, exactly.
    """

    text: str
    parsed: T_co
    reasoning: str
    refusal: str
    tool_calls: tuple[ToolCall, ...]
    server_tool_calls: tuple[ServerToolCall, ...]
    citations: tuple[str, ...]
    inline_citations: tuple[Citation, ...]
    images: tuple[GeneratedImage, ...]
    finish_reason: str
    usage: Usage | None
    index: int
    raw: Response | ChatCompletion = field(repr=False)
    answer: Answer = field(repr=False)

    @property
    def cost_usd(self) -> Decimal | None:
        """Cost in US dollars, exact, of the whole call; None where the server sent no cost."""
        return None if self.usage is None else self.usage.cost_usd

    @property
    def id(self) -> str:
        """Id of the response or completion."""
        return self.answer.id

    @property
    def model(self) -> str:
        """The model that answered."""
        return self.raw.model

    @property
    def meta(self) -> Meta:
        """Status, headers, ids, attempts and time of the exchange."""
        return self.raw.meta


def with_parsed(reply: Reply[Any], parsed: T) -> Reply[T]:
    """A reply with the value that its text is."""
    return cast("Reply[T]", replace(reply, parsed=parsed))
