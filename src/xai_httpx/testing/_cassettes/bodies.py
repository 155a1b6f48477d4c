"""The forms that bodies have in a cassette: as readable as they can be."""

import base64
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from .._json import compact


class Recorded(BaseModel):
    """A part of a cassette."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _checked_base64(content: str) -> str:
    base64.b64decode(content, validate=True)
    return content


class JsonBody(Recorded):
    """A body that is JSON."""

    format: Literal["json"] = "json"
    content: Any

    def raw(self) -> bytes:
        return compact(self.content).encode()


class TextBody(Recorded):
    """A body that is text; without content, there is none."""

    format: Literal["text"] = "text"
    content: str

    def raw(self) -> bytes:
        return self.content.encode()


class BinaryBody(Recorded):
    """A body that is no text."""

    format: Literal["base64"] = "base64"
    content: Annotated[str, AfterValidator(_checked_base64)]

    @classmethod
    def of(cls, data: bytes) -> "BinaryBody":
        return cls(content=base64.b64encode(data).decode())

    def raw(self) -> bytes:
        return base64.b64decode(self.content)


class DigestBody(Recorded):
    """What was sent and is no text, and too long to be kept."""

    format: Literal["sha256"] = "sha256"
    content: str
    bytes: int


class Part(Recorded):
    """A part of a form."""

    headers: dict[str, str]
    body: "TextBody | BinaryBody | DigestBody" = Field(discriminator="format")


class FormBody(Recorded):
    """What was sent as a form, without the boundary between its parts, which is another each time."""

    format: Literal["multipart"] = "multipart"
    content: list[Part]


class Chunk(Recorded):
    """What came at once of a stream, so many seconds after what was before it."""

    after: float = Field(ge=0)
    text: str


class StreamBody(Recorded):
    """A body that is a stream of text."""

    format: Literal["stream"] = "stream"
    content: list[Chunk]


RequestBody: TypeAlias = Annotated[
    JsonBody | TextBody | BinaryBody | DigestBody | FormBody, Field(discriminator="format")
]
ReplyBody: TypeAlias = Annotated[JsonBody | TextBody | BinaryBody | StreamBody, Field(discriminator="format")]
