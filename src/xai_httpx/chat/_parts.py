"""What a message consists of, apart from how either API writes it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image for the model to look at; one of the two says which.

    Attributes:
        source: Its URL or data URL; a path, until it is read.
        id: Id of a file that was uploaded; in Chat Completions alone.
    """

    source: str | os.PathLike[str] | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file for the model to read; one of the three says which.

    Attributes:
        id: Id of a file that was uploaded.
        url: A public URL.
        content: The bytes as base64; a path, until it is read.
        name: Its name; needed with `content`.
        media_type: Its media type, with `content`.
    """

    id: str | None = None
    url: str | None = None
    content: str | os.PathLike[str] | None = None
    name: str | None = None
    media_type: str | None = None


Part: TypeAlias = Text | Image | File
