"""Multipart forms as they come from the wire."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from ._contract.errors import ApiError

_PARAMETER = re.compile(rb';\s*([\w-]+\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')
_LONGEST_HEAD = 16 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form.

    Attributes:
        name: The name of the field.
        content: Its bytes.
        filename: The name of the file; None for a part that is none.
        content_type: What the part says that it is.
    """

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None

    @property
    def text(self) -> str:
        """The content of a part that is no file.

        Raises:
            ApiError: 400 if it is no text.
        """
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise ApiError(400, f"The field {self.name} is not UTF-8 text.") from None


def form_parts(content_type: str, body: bytes) -> list[Part]:
    """Read a form, in the order in which its parts were sent.

    Args:
        content_type: The header, which has the boundary.
        body: The body of the request.

    Raises:
        ApiError: 415 for another kind of body, 400 for a form that is broken or cut off.
    """
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        raise ApiError(415, "Expected request with `Content-Type: multipart/form-data`.")
    boundary = _parameters(b";" + parameters.encode("latin-1")).get("boundary")
    if not boundary:
        raise ApiError(400, "Invalid `boundary` for `multipart/form-data` request.")
    # What stands before the first delimiter, and after the last, is no part.
    _, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if not pieces or not pieces[-1].startswith(b"--"):
        raise ApiError(400, "Error parsing `multipart/form-data` request: incomplete stream.")
    return [_part(piece) for piece in pieces[:-1]]


def _part(piece: bytes) -> Part:
    end = piece.find(b"\r\n\r\n", 0, _LONGEST_HEAD)
    if end < 0:
        raise ApiError(400, "Error parsing `multipart/form-data` request: the headers of a part do not end.")
    lines = [line.partition(b":") for line in piece[:end].split(b"\r\n")]
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    disposition = _parameters(headers.get(b"content-disposition", b""))
    if "name" not in disposition:
        raise ApiError(400, "Error parsing `multipart/form-data` request: a part has no name.")
    content_type = headers.get(b"content-type")
    return Part(
        disposition["name"],
        piece[end + 4 :],
        disposition.get("filename*", disposition.get("filename")),
        None if content_type is None else content_type.decode("latin-1"),
    )


def _parameters(header: bytes) -> dict[str, str]:
    """The parameters of a header; names of files in the ways in which browsers and RFC 5987 write them."""
    found: dict[str, str] = {}
    for name, value in _PARAMETER.findall(header):
        if name.endswith(b"*"):
            value = unquote_to_bytes(value.rpartition(b"'")[2])
        elif value.startswith(b'"'):
            value = re.sub(rb"\\(.)", rb"\1", value[1:-1])
            value = value.replace(b"%22", b'"').replace(b"%0D", b"\r").replace(b"%0A", b"\n")
        found[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")
    return found
