"""What image and video requests have in common: media that go in, and files and URLs that come out."""

import base64
import binascii
import re

from starlette.requests import Request

from .._contract.errors import ApiError
from .._contract.refusals import undeserializable
from .._json import JsonObject, as_list, as_object
from .._stores.file_store import StoredFile
from .http import open_url
from .state import SimulatorState

IMAGES = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)
VIDEOS = re.compile(rb"....ftyp", re.DOTALL)
AUDIOS = re.compile(rb"ID3|\xff[\xe2-\xff]|RIFF....WAVE|fLaC|OggS|....ftyp", re.DOTALL)
_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,")


def check_media(
    state: SimulatorState, value: object, name: str, begins: re.Pattern[bytes], other: str = "file_id"
) -> None:
    """Check a media object; absent and null ones are fine.

    Args:
        state: Where the files are that it may refer to.
        value: The object.
        name: The parameter that holds it.
        begins: How media of its kind begin.
        other: The field that it may have instead of `url`.

    Raises:
        ApiError: 400 for what is no such media, 404 for a file that does not exist.
    """
    media = as_object(value)
    if media is None:
        return
    url, instead = media.get("url") or media.get("image_url"), media.get(other)
    if url is not None and not isinstance(url, str):  # under its other name the description does not know it
        raise undeserializable(f"{name}.image_url: invalid type, expected string")
    if url is not None:
        _check_url(url, name, begins)
    elif other == "file_id" and instead is not None and not begins.match(state.files.get(media[other]).content):
        raise ApiError(400, f"Invalid value for {name}: file {media[other]} is of another type.")


def check_list_of_media(
    state: SimulatorState, value: object, name: str, begins: re.Pattern[bytes], other: str = "file_id"
) -> None:
    """Check a list of media objects, as `check_media` does each."""
    for index, entry in enumerate(as_list(value) or ()):
        check_media(state, entry, f"{name}[{index}]", begins, other)


def stored_output(state: SimulatorState, request: Request, options: JsonObject, content: bytes) -> JsonObject:
    """Keep a result as a file, and return the `file_output` that says so.

    Raises:
        ApiError: 400 for a bad name or life.
    """
    stored = state.files.add(options["filename"], content, life=options.get("expires_after"), purpose="")
    output: JsonObject = {"file_id": stored.id, "filename": stored.filename}
    if stored.expires_at is not None:
        output["expires_at"] = stored.expires_at
    return output | _published(state, request, stored, options.get("public_url"))


def _published(state: SimulatorState, request: Request, stored: StoredFile, asked: object) -> JsonObject:
    if asked is None or asked is False:
        return {}
    life = as_object(asked) or {}
    try:
        public = state.files.publish(stored.id, life.get("expires_after"))
    except ApiError as error:  # the result is stored all the same
        return {"public_url_error": error.message}
    url = open_url(request, public.token, stored.filename)
    ends = public.expires_at or stored.expires_at
    return {"public_url": url} if ends is None else {"public_url": url, "public_url_expires_at": ends}


def _check_url(url: str, name: str, begins: re.Pattern[bytes]) -> None:
    data = _DATA_URL.match(url)
    if data is None:
        if not url.startswith(("https://", "http://")):
            raise ApiError(400, f"Invalid value for {name}: it must be a URL or a base64 data URL.")
        return
    try:
        content = base64.b64decode(url[data.end() :], validate=True)
    except binascii.Error:
        raise ApiError(400, f"Invalid value for {name}: the data URL is not base64.") from None
    if not begins.match(content):
        raise ApiError(400, f"Invalid value for {name}: the media type is not supported.")
