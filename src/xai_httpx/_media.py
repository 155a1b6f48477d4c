"""Media in requests: what a caller gives as a URL, bytes or a path becomes the object that the API takes."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard, cast

from anyio.to_thread import run_sync
from pydantic import BaseModel

from ._errors import RequestValidationError

MediaSource: TypeAlias = str | bytes | bytearray | memoryview | os.PathLike[str]
_URL = re.compile(r"https?://|data:", re.IGNORECASE)
_HEAD = 16  # bytes that tell the type of media


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of media: what it may be, in words, and how the bytes of each type begin."""

    words: str
    types: Mapping[str, re.Pattern[bytes]]

    def type_of(self, head: bytes) -> str | None:
        """The media type of what begins so; None where it is none of this kind."""
        return next((name for name, pattern in self.types.items() if pattern.match(head)), None)


def _kind(words: str, **types: bytes) -> Kind:
    return Kind(words, {name.replace("_", "/"): re.compile(pattern, re.DOTALL) for name, pattern in types.items()})


IMAGE = _kind(
    "a JPEG, PNG or WebP image",
    image_jpeg=rb"\xff\xd8\xff",
    image_png=rb"\x89PNG\r\n\x1a\n",
    image_webp=rb"RIFF.{4}WEBP",
)
VIDEO = _kind("an MP4 video", video_mp4=rb".{4}ftyp(?!avif|avis|heic|heix|mif1|M4A )")
AUDIO = _kind(
    "an MP3, WAV, FLAC, Ogg, AAC or M4A clip",
    audio_mpeg=rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]",
    audio_wav=rb"RIFF.{4}WAVE",
    audio_flac=rb"fLaC",
    audio_ogg=rb"OggS",
    audio_aac=rb"\xff[\xf0\xf1\xf8\xf9]",
    audio_mp4=rb".{4}ftyp",
)
# Where a request may hold media: every property that the description marks with x-media.
EDIT_IMAGE = {"image": IMAGE, "images[]": IMAGE}
GENERATE_VIDEO = {
    "image": IMAGE,
    "reference_images[]": IMAGE,
    "keyframes[].image": IMAGE,
    "reference_audios[]": AUDIO,
}
OF_VIDEO = {"video": VIDEO}


async def embed(params: Mapping[str, Any], places: Mapping[str, Kind]) -> None:
    """Put the objects of the API in the places of media.

    Args:
        params: The parameters of a method, in a dict of its own, which is changed; lists and objects in it are not.
        places: Where media may be, and of which kind.

    Raises:
        RequestValidationError: A file cannot be read, or what is given is no such media. Behind it are neither frames
            nor parameters that hold media.
    """
    own = cast("dict[str, Any]", params)
    try:
        for place, kind in places.items():
            name, *steps = re.findall(r"\w+|\[\]", place)
            if own.get(name) is not None:
                own[name] = await _embedded(own[name], steps, name, kind)
    except BaseException as error:
        own.clear()
        if isinstance(error, RequestValidationError):
            raise error.with_traceback(None) from error.__cause__
        raise


async def _embedded(value: object, steps: Sequence[str], name: str, kind: Kind) -> object:
    """What goes in the place of a value: of media an object, of what media is below a copy."""
    if not steps:
        return await _media_object(value, name, kind)
    step, *left = steps
    if step == "[]" and isinstance(value, bytes | bytearray | memoryview | os.PathLike):
        got = type(cast("object", value)).__name__
        raise RequestValidationError(f"{name} must be a list, got {got}", name, "a list")
    if step == "[]" and is_list(value):
        return [await _embedded(entry, left, f"{name}[{index}]", kind) for index, entry in enumerate(value)]
    if _has(value, step):
        return {**value, step: await _embedded(value[step], left, f"{name}.{step}", kind)}
    return value  # not what it should be, which the check of the body tells


def is_link(value: object) -> TypeGuard[str]:
    """Whether it is a URL or data URL, of whatever it leads to."""
    return isinstance(value, str) and _URL.match(value) is not None


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Whether it is several things, and not one that happens to be a sequence."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview)


def _has(value: object, name: str) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping) and name in value


async def _media_object(given: object, name: str, kind: Kind) -> object:
    if isinstance(given, Mapping | BaseModel):
        return cast("object", given)
    if isinstance(given, bytes | bytearray | memoryview):
        return {"url": data_url(cast("bytes", given), name, kind)}
    if isinstance(given, os.PathLike):
        return {"url": await run_sync(file_url, cast("os.PathLike[str]", given), name, kind)}
    if not isinstance(given, str):
        raise _refused(name, kind, type(given).__name__)
    if not is_link(given):
        raise _refused(name, kind, f"the text {given[:50]!r}; the path of a file is given as Path(...)")
    return {"url": given}


def data_url(content: bytes | bytearray | memoryview, name: str, kind: Kind) -> str:
    """The data URL of media.

    Args:
        content: Its bytes.
        name: The parameter that they are given for.
        kind: What they have to be.

    Raises:
        RequestValidationError: They are not.
    """
    media_type = _type_of(content[:_HEAD], len(content), name, kind)
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def _type_of(head: bytes | bytearray | memoryview, size: int, name: str, kind: Kind) -> str:
    media_type = kind.type_of(bytes(head))
    if media_type is None:
        raise _refused(name, kind, f"{size} bytes of another type" if size else "none: it is empty")
    return media_type


def file_url(path: os.PathLike[Any], name: str, kind: Kind) -> str:
    """The data URL of media in a file; it is read here and now.

    Raises:
        RequestValidationError: It cannot be read, or is no such media.
    """
    file = Path(os.fsdecode(path))
    content: bytes | None = None
    try:
        if file.is_file() or not file.exists():
            with file.open("rb") as opened:
                # What is of another type may be larger than memory, and is not read.
                _type_of(opened.read(_HEAD), file.stat().st_size, name, kind)
                opened.seek(0)
                content = opened.read()
    except RequestValidationError:
        raise
    except (OSError, ValueError) as error:
        raise RequestValidationError(f"{name} cannot be read: {error}", name, "a file that can be read") from error
    if content is None:  # reading a pipe might never end
        raise RequestValidationError(f"{name} is no regular file: {str(file)!r}", name, "a file that can be read")
    return data_url(content, name, kind)


def _refused(name: str, kind: Kind, got: str) -> RequestValidationError:
    expected = f"the URL, bytes or path of {kind.words}, or an object"
    return RequestValidationError(f"{name} must be {expected}, got {got}", name, expected)
