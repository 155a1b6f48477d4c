"""Helper properties of generated images and videos; `x-python-base` in the description names the class for each."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from ._errors import ResponseValidationError
from ._models import XAIModel

if TYPE_CHECKING:
    from .types.shared import FileOutput
    from .types.videos import GeneratedVideo


def _withheld(result: XAIModel) -> bool:
    """Whether a result says that moderation withheld it."""
    fields = {**(result.model_extra or {}), **vars(result)}  # a field of some results, and an extra of others
    return fields.get("respect_moderation") is False


class GeneratedImageBase(XAIModel):
    """An image that was generated or edited."""

    if TYPE_CHECKING:
        b64_json: str | None
        file_output: FileOutput | None
        storage_error: str | None
        url: str | None

    @property
    def moderated(self) -> bool:
        """Whether moderation withheld the image: the server says so, or sent nothing in its place."""
        return _withheld(self) or not (self.url or self.b64_json or self.file_output or self.storage_error)

    @property
    def content(self) -> bytes | None:
        """The image itself, where it came as base64 data; None where it did not.

        Raises:
            ResponseValidationError: The data is not base64.
        """
        data: object = self.b64_json  # of a reply that does not fit, it may be anything
        if not isinstance(data, str) or not data:
            return None
        try:
            return b64decode(data.rpartition(",")[2], validate=True)  # of a data URL, what is behind its comma
        except ValueError as error:
            raise ResponseValidationError(f"b64_json of the image is not base64: {error}") from None


class GeneratedVideoBase(XAIModel):
    """A finished video."""

    @property
    def moderated(self) -> bool:
        """Whether moderation withheld the video; it has no URL then."""
        return _withheld(self)


class VideoResponseBase(XAIModel):
    """A video job, seen through its video."""

    if TYPE_CHECKING:
        video: GeneratedVideo | None

    @property
    def url(self) -> str | None:
        """The temporary URL of the video; None until it is done, and where moderation withheld it."""
        return getattr(self.video, "url", None) or None

    @property
    def moderated(self) -> bool:
        """Whether moderation withheld the video."""
        return _withheld(self) or getattr(self.video, "moderated", False) is True
