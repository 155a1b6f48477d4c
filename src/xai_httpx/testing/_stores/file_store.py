"""The simulated files: what was uploaded, until it is deleted or expires."""

import mimetypes
import uuid
from dataclasses import dataclass
from unicodedata import category

from .._contract.errors import ApiError
from .._json import JsonObject
from .._saving.blob import Blob, SavedBlob
from .._saving.clock import Clock
from .._saving.shelf import Journal

MIN_LIFE, MAX_LIFE = 3_600, 2_592_000
MAX_FILENAME = 255
MAX_BYTES = 50 * 1024 * 1024
_MAX_PUBLIC_BYTES = 50 * 1024 * 1024
_PUBLIC_TYPES = ("image/png", "image/jpeg", "video/mp4", "application/pdf")
_FORBIDDEN_IN_NAMES = '";\\\u2028\u2029'


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """The public URL of a file: its last part, and the unix second when it ends if it does so before the file."""

    token: str
    expires_at: int | None


@dataclass(slots=True)
class StoredFile:
    """A file. Times are unix seconds; `serial` is its place in the order of uploads."""

    id: str
    filename: str
    blob: SavedBlob
    content_type: str
    created_at: int
    expires_at: int | None
    purpose: str
    serial: int
    public: PublicUrl | None = None

    @property
    def content(self) -> bytes:
        """The bytes."""
        return self.blob.content

    @property
    def size(self) -> int:
        """The size of the content in bytes."""
        return len(self.content)

    def text(self) -> str:
        """Extract the text, which the simulator does for files that are text.

        Raises:
            ApiError: 400 for other files.
        """
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise ApiError(400, f"Text extraction is not supported for content type {self.content_type}.") from None


class FileStore:
    """Files by id; used from the server's loop only.

    Attributes:
        max_bytes: The largest file that is accepted.
        max_public_urls: How many public URLs there may be at once.
    """

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Start empty."""
        self.max_bytes = MAX_BYTES
        self.max_public_urls = 1_000
        self._clock = clock
        self._journal = journal
        self._files = journal.shelf("files", StoredFile)

    def add(
        self, filename: str, content: bytes, *, content_type: str | None = None, life: int | None = None, purpose: str
    ) -> StoredFile:
        """Keep a file.

        Args:
            filename: Its name.
            content: Its bytes.
            content_type: Its media type; if None or the general one, what the name suggests.
            life: How long it is kept, in seconds; None for ever.
            purpose: What the client says that it is for.

        Raises:
            ApiError: 400 for a bad name or life, 413 above the largest size.
        """
        _check_filename(filename)
        check_life(life)
        if len(content) > self.max_bytes:
            raise ApiError(413, f"File size exceeds the maximum of {self.max_bytes} bytes.")
        if content_type in (None, "", "application/octet-stream"):
            content_type = mimetypes.guess_type(filename)[0]
        created_at = int(self._clock.now())
        stored = StoredFile(
            id=f"file_{uuid.uuid4()}",
            filename=filename,
            blob=Blob(content),
            content_type=content_type or "application/octet-stream",
            created_at=created_at,
            expires_at=None if life is None else created_at + life,
            purpose=purpose,
            serial=self._journal.next_serial(),
        )
        self._files[stored.id] = stored
        return stored

    def all(self) -> list[StoredFile]:
        """Return the files that have not expired, oldest first."""
        now = self._clock.now()
        for stored in list(self._files.values()):
            if stored.expires_at is not None and stored.expires_at <= now:
                del self._files[stored.id]
            elif stored.public is not None and stored.public.expires_at is not None and stored.public.expires_at <= now:
                self._set_public(stored, None)
        return list(self._files.values())

    def find(self, file_id: str) -> StoredFile | None:
        """Return a file, or None if there is none of that id any more."""
        return next((stored for stored in self.all() if stored.id == file_id), None)

    def get(self, file_id: str) -> StoredFile:
        """Return a file.

        Raises:
            ApiError: 404 if there is none of that id, or it expired.
        """
        stored = self.find(file_id)
        if stored is None:
            raise ApiError(404, f"File {file_id} not found.")
        return stored

    def delete(self, file_id: str) -> JsonObject:
        """Forget a file and return the body that says so.

        Raises:
            ApiError: 404 if there is none of that id, or it expired.
        """
        del self._files[self.get(file_id).id]
        return {"id": file_id, "object": "file", "deleted": True}

    def publish(self, file_id: str, life: int | None) -> PublicUrl:
        """Give a file a public URL, or the one that it has another end.

        Args:
            file_id: The file.
            life: How long the URL works, in seconds; None until the file expires.

        Raises:
            ApiError: 404 without such a file, 400 for a file that cannot be public or too long a life, 429 when there
                are too many URLs.
        """
        stored = self.get(file_id)
        _check_public(stored)
        check_life(life)
        ends = None if life is None else int(self._clock.now()) + life
        if ends is not None and stored.expires_at is not None and ends > stored.expires_at:
            raise ApiError(400, "expires_after must not exceed the lifetime of the file.")
        if stored.public is not None:
            public = PublicUrl(stored.public.token, stored.public.expires_at if ends is None else ends)
        elif sum(other.public is not None for other in self.all()) >= self.max_public_urls:
            raise ApiError(429, f"The team has {self.max_public_urls} active public URLs, which is the maximum.")
        else:
            public = PublicUrl(uuid.uuid4().hex, ends)
        self._set_public(stored, public)
        return public

    def revoke(self, file_id: str) -> PublicUrl | None:
        """End the public URL of a file; None if there is none, or no such file."""
        stored = self.find(file_id)
        if stored is None:
            return None
        revoked = stored.public
        if revoked is not None:
            self._set_public(stored, None)
        return revoked

    def published(self, token: str) -> StoredFile | None:
        """Return the file that a public URL leads to, or None if it leads nowhere any more."""
        return next((file for file in self.all() if file.public is not None and file.public.token == token), None)

    def _set_public(self, stored: StoredFile, public: PublicUrl | None) -> None:
        stored.public = public
        self._files.changed(stored.id)


def check_life(life: int | None) -> None:
    """Check how long something is to be kept.

    Raises:
        ApiError: 400 outside an hour to 30 days.
    """
    if life is not None and not MIN_LIFE <= life <= MAX_LIFE:
        raise ApiError(400, f"expires_after must be between {MIN_LIFE} and {MAX_LIFE} seconds.")


def _check_filename(name: str) -> None:
    wrong = any(category(character) == "Cc" or character in _FORBIDDEN_IN_NAMES for character in name)
    if not name or wrong or len(name) > MAX_FILENAME:
        raise ApiError(400, f"Invalid filename: it must have 1 to {MAX_FILENAME} characters, none of them special.")


def _check_public(stored: StoredFile) -> None:
    if stored.content_type not in _PUBLIC_TYPES:
        message = f"Public URLs are not supported for content type {stored.content_type}."
        raise ApiError(400, message, "invalid-argument")
    if not 0 < stored.size <= _MAX_PUBLIC_BYTES:
        raise ApiError(400, f"A file with a public URL must have 1 to {_MAX_PUBLIC_BYTES} bytes.", "invalid-argument")
