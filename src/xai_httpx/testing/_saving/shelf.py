"""Where the stores keep their things, and the journal of what changed there since it was last saved."""

from collections import UserDict
from collections.abc import Callable, ItemsView, Iterable, Mapping, ValuesView
from itertools import takewhile
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")
Place: TypeAlias = tuple[str, str, str]
"""Where an entry is: the kind of its shelf, the key of the entry that this is a part of (else empty), its own key."""


class Journal:
    """What changed on the shelves of a simulator, for the disk that it is to be saved on.

    Attributes:
        shelves: The shelves that are no part of an entry, by kind.
        types: The types of all entries, by kind.
        notes: What changed since it was last saved, None for what was deleted. Itself None in a simulator that is not
            persisted: there nothing is noted.
        save: Has to be called before a reply tells of a change; None likewise.
        serials: How many serial numbers were given out.
    """

    def __init__(self) -> None:
        """Start without a disk."""
        self.shelves: dict[str, Shelf[Any]] = {}
        self.types: dict[str, Any] = {}
        self.notes: dict[Place, Any] | None = None
        self.save: Callable[[], None] | None = None
        self.serials = 0

    def shelf(self, kind: str, of: type[T], parts: Mapping[str, Any] | None = None) -> "Shelf[T]":
        """Make a shelf that is saved.

        Args:
            kind: What its entries are called on the disk.
            of: Their type.
            parts: Attributes of the entries that are shelves themselves, and saved entry by entry, with the types of
                what is on them. Each entry is given empty ones when it is put on the shelf.
        """
        self.types |= {kind: of} | {f"{kind}.{name}": type_ for name, type_ in (parts or {}).items()}
        self.shelves[kind] = made = Shelf[T](self, kind, parts=parts or ())
        return made

    def note(self, place: Place, item: object | None) -> None:
        """Note that an entry was put or changed or, if it is None, deleted."""
        if self.notes is not None:
            self.notes[place] = item

    def next_serial(self) -> int:
        """Return a number above all those that were given out, in earlier runs as well."""
        self.serials += 1
        return self.serials


class Shelf(UserDict[str, T], Generic[T]):
    """Entries of one kind by key, oldest first.

    Putting and deleting note themselves. Who changes an entry in place has to say so: `changed`.
    """

    def __init__(
        self, journal: Journal | None = None, kind: str = "", owner: str = "", parts: Iterable[str] = ()
    ) -> None:
        """Make a shelf; `Journal.shelf` makes those that are saved."""
        self.data: dict[str, T] = {}
        self._journal = journal
        self._kind, self._owner, self._parts = kind, owner, tuple(parts)

    def __setitem__(self, key: str, item: T) -> None:
        self.put_back(key, item)
        self.changed(key)

    def __delitem__(self, key: str) -> None:
        for name in self._parts:
            getattr(self.data[key], name).clear()
        del self.data[key]
        self._note(key, None)

    def clear(self) -> None:
        """Delete all entries."""
        for key in [*self.data]:
            del self[key]

    def values(self) -> ValuesView[T]:
        """Return the entries, at the speed of a dict."""
        return self.data.values()

    def items(self) -> ItemsView[str, T]:
        """Return keys and entries, at the speed of a dict."""
        return self.data.items()

    def put_back(self, key: str, item: T) -> None:
        """Put an entry that is on the disk already."""
        for name in self._parts:
            setattr(item, name, Shelf[Any](self._journal, f"{self._kind}.{name}", key))
        self.data[key] = item

    def changed(self, key: str) -> None:
        """Note that an entry was changed in place, or is about to be before this task waits for anything."""
        self._note(key, self.data[key])

    def drop_while(self, over: Callable[[T], bool]) -> None:
        """Delete entries from the oldest on, up to the first that is not over."""
        for key in [*takewhile(lambda key: over(self.data[key]), self.data)]:
            del self[key]

    def _note(self, key: str, item: T | None) -> None:
        if self._journal is not None:
            self._journal.note((self._kind, self._owner, key), item)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        """Let entries be saved that have shelves; what is on those is left out."""
        return core_schema.any_schema()
