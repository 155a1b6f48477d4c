"""Uploads and downloads of a campaign, and what they leave behind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

from benchmarks._cases import Case
from tests.faultscript import file_of
from xai_httpx import AsyncXAI, RequestOptions

BEFORE = b"what was there before"
PIECE = 100_000  # bytes that an iterator gives at once


class CallerError(Exception):
    """Raised by the caller: inside a stream's block, by a callback, or by what it uploads."""


class Place:
    """The folder of one transfer: the source of an upload, or what a download is to replace, in half of the cases.

    Args:
        folder: Where; it is made.
        case: What is tried.
        call: The client request id, of which the content is made.
    """

    def __init__(self, folder: Path, case: Case, call: str) -> None:
        self._folder = folder
        self._case = case
        self._call = call
        self._content = file_of(call)
        self._told = 0
        folder.mkdir()
        self._file = folder / "file"
        self._before: dict[str, bytes] = {}
        if case.operation == "upload":
            self._before = {"file": self._content}
        elif case.operation == "download" and case.deadline is None:
            self._before = {"file": BEFORE}
        for content in self._before.values():
            self._file.write_bytes(content)

    async def transfer(self, client: AsyncXAI, options: RequestOptions) -> tuple[str, int]:
        """Make the call; the id that came back, and how many bytes were moved."""
        if self._case.operation == "download":
            saved = await client.files.download("f", self._file, on_progress=self._tell, options=options)
            return self._call, saved.size
        source = self._file if self._case.operation == "upload" else self._pieces()
        file = await client.files.create(file=source, on_progress=self._tell, options=options)
        return file.id, file.bytes

    def cleared(self) -> dict[str, bytes]:
        """What is there, which is then removed."""
        found = {path.name: path.read_bytes() for path in self._folder.iterdir()}
        shutil.rmtree(self._folder)
        return found

    def allowed(self, ended: str) -> list[dict[str, bytes]]:
        """What may be there after a call that ended so."""
        if self._case.leave == "change" and self._told >= self._case.moment:
            return [{"file": b""}]
        if self._case.operation != "download":
            return [self._before]
        whole = {"file": self._content}
        if ended == "left":  # a cancellation may come just after the file was put in its place
            return [self._before, whole]
        return [whole] if ended == "succeeded" else [self._before]

    def _tell(self, _moved: int, _total: int | None) -> None:
        self._told += 1
        if self._told == self._case.moment and self._case.operation != "upload once":
            self._leave()

    async def _pieces(self) -> AsyncGenerator[bytes]:
        for number, at in enumerate(range(0, len(self._content), PIECE)):
            if number == self._case.moment:
                self._leave()
            yield self._content[at : at + PIECE]

    def _leave(self) -> None:
        if self._case.leave == "exception":
            raise CallerError
        if self._case.leave == "change":
            self._file.write_bytes(b"")
