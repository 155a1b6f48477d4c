"""Keeps the state of a simulator on a disk: loads it at the start, and saves what changed with each request."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from .blob import Blob
from .clock import Clock
from .disk import Disk, Entry
from .shelf import Journal, Shelf


class Persistence:
    """The state of one simulator, and its directory."""

    def __init__(self, directory: str | os.PathLike[str], clock: Clock, journal: Journal) -> None:
        """Touch nothing yet.

        Raises:
            TypeError: `directory` is no path.
            ValueError: `directory` is empty.
        """
        if not isinstance(directory, (str, os.PathLike)):
            raise TypeError(f"persist must be a directory as str or os.PathLike, or None, not {directory!r}.")
        if not os.fspath(directory):
            raise ValueError("persist must name a directory, or be None; it is empty.")
        self._directory = Path(directory)
        self._clock, self._journal = clock, journal
        self._adapters = {kind: TypeAdapter[Any](type_) for kind, type_ in self._journal.types.items()}
        self._disk: Disk | None = None
        self._ahead = 0.0  # of the clock, as it is on the disk
        self._written = set[str]()  # names of the blobs there

    def open(self) -> None:
        """Take hold of the directory, put what is there in the place of what is in memory, and save from now on.

        Raises:
            StateError: The directory cannot be made, is in use, or has no state that can be read.
        """
        disk = Disk(self._directory)
        try:
            self._load(disk)
        except BaseException:
            disk.close()
            raise
        self._disk = disk
        self._journal.notes, self._journal.save = {}, self._save

    def close(self) -> None:
        """Save what is not saved yet, and leave the directory to others; harmless if that was done."""
        if self._disk is None:
            return
        try:
            self._save()
        finally:
            self._journal.notes = self._journal.save = None
            self._disk.close()
            self._disk = None

    def _load(self, disk: Disk) -> None:
        for shelf in self._journal.shelves.values():
            shelf.data.clear()
        blobs = _Blobs(disk.blob)
        for entry in disk.entries():
            try:
                self._put_back(entry, blobs)
            except (ValueError, KeyError, TypeError) as error:
                raise disk.broken(f"the entry {entry[0]} {entry[2]} cannot be read") from error
        self._written = set(blobs)
        disk.keep_blobs(self._written)  # of what was deleted, they go now: finding them is not for each request
        numbers = disk.numbers()
        # The clock may have been moved since this simulator last ran, and that stays.
        self._clock.advance(numbers.get("ahead", 0.0) - self._ahead)
        self._ahead = numbers.get("ahead", 0.0)
        self._journal.serials = int(numbers.get("serials", 0))

    def _put_back(self, entry: Entry, blobs: "_Blobs") -> None:
        kind, owner, key, value = entry
        item = self._adapters[kind].validate_python(json.loads(value), context=blobs)
        whole, _, part = kind.partition(".")
        shelf: Shelf[Any] = self._journal.shelves[whole]
        (getattr(shelf[owner], part) if part else shelf).put_back(key, item)

    def _save(self) -> None:
        """Write what changed since this was last done.

        Raises:
            StateError: That is not possible; it is tried again the next time.
        """
        notes, ahead = self._journal.notes, self._clock.ahead
        if self._disk is None or notes is None or not (notes or ahead != self._ahead):
            return
        blobs = dict[str, Blob]()
        entries = {
            place: None if item is None else json.dumps(self._adapters[place[0]].dump_python(item, context=blobs))
            for place, item in notes.items()
        }
        new = {name: blob.content for name, blob in blobs.items() if name not in self._written}
        self._disk.write(entries, new, {"ahead": ahead, "serials": self._journal.serials})
        notes.clear()
        self._ahead = ahead
        self._written |= new.keys()


class _Blobs(dict[str, Blob]):
    """Blobs by name, each read when it is first asked for."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, name: str) -> Blob:
        self[name] = blob = Blob(self._read(name), name)
        return blob
