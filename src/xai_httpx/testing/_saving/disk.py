"""The file that a simulator saves its state in: one SQLite database, of which nobody else has the use meanwhile."""

import sqlite3
from collections.abc import Container, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from .shelf import Place
from .state_error import StateError

FILE = "state.sqlite3"
VERSION = 1  # goes up with each change of what is saved, or how
_APPLICATION = 0x78414948  # marks the files that are ours
# The lock is taken by the first transaction, and held until the database is closed.
_OPEN = """
    pragma locking_mode = exclusive;
    pragma journal_mode = wal;
    pragma synchronous = normal;
    begin immediate
"""
_MAKE = f"""
    create table entries (
        id integer primary key, kind text, owner text, key text, value text, unique (kind, owner, key)
    );
    create table blobs (name text primary key, content blob);
    create table numbers (name text primary key, value real);
    pragma application_id = {_APPLICATION};
    pragma user_version = {VERSION}
"""
_PUT = """
    insert into entries (kind, owner, key, value) values (?, ?, ?, ?)
    on conflict do update set value = excluded.value
"""
Entry: TypeAlias = tuple[str, str, str, str]


class Disk:
    """The database, open and locked until it is closed or the process ends, however that happens.

    A change that is written outlives the process; of a machine that loses its power, the last ones may be lost.
    """

    def __init__(self, directory: Path) -> None:
        """Open it, or make it.

        Raises:
            StateError: It cannot be made, opened or locked, or is none of ours.
        """
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(f"it cannot be made ({error.strerror})", "name another directory") from error
        with self._telling():
            self._database = sqlite3.connect(
                directory / FILE,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,  # it is opened and closed in the user's thread, and used in the server's
            )
        try:
            with self._telling():
                self._prepare()
        except BaseException:
            self._database.close()
            raise

    def entries(self) -> Iterator[Entry]:
        """Yield what is kept: kind, owner, key and value, the oldest first."""
        with self._telling():
            yield from self._database.execute("select kind, owner, key, value from entries order by id")

    def numbers(self) -> dict[str, float]:
        """Return the numbers that are kept."""
        with self._telling():
            return dict(self._database.execute("select name, value from numbers"))

    def blob(self, name: str) -> bytes:
        """Return the content of a blob.

        Raises:
            StateError: There is none of that name.
        """
        with self._telling():
            found = self._database.execute("select content from blobs where name = ?", (name,)).fetchone()
        if found is None:
            raise self.broken(f"the bytes {name} are missing")
        content: bytes = found[0]
        return content

    def keep_blobs(self, names: Container[str]) -> None:
        """Delete all other blobs."""
        with self._telling(), self._database:
            self._database.execute("begin")
            there = self._database.execute("select name from blobs").fetchall()
            self._database.executemany(
                "delete from blobs where name = ?", [row for row in there if row[0] not in names]
            )

    def write(
        self, entries: Mapping[Place, str | None], blobs: Mapping[str, bytes], numbers: Mapping[str, float]
    ) -> None:
        """Write changes, all or none.

        Args:
            entries: Values by place; None deletes.
            blobs: Contents of blobs that are new, by name.
            numbers: Numbers by name.

        Raises:
            StateError: That is not possible, such as on a full disk.
        """
        with self._telling(), self._database:
            self._database.execute("begin")
            self._database.executemany("insert into blobs values (?, ?)", blobs.items())
            for place, value in entries.items():
                if value is None:
                    self._database.execute("delete from entries where kind = ? and owner = ? and key = ?", place)
                else:
                    self._database.execute(_PUT, (*place, value))
            self._database.executemany("insert or replace into numbers values (?, ?)", numbers.items())

    def close(self) -> None:
        """Close and unlock it."""
        self._database.close()

    def broken(self, why: str) -> StateError:
        """Return the error of a state that cannot be read."""
        path = self._directory / FILE
        message = f"The state in {self._directory} is broken ({why}): delete {path} to begin anew, or name another"
        return StateError(f"{message} directory.", self._directory)

    def _prepare(self) -> None:
        self._check()  # before anything is changed in what may not be ours
        self._run(_OPEN)
        if not self._has_tables():
            self._run(_MAKE)
        self._run("commit")

    def _run(self, statements: str) -> None:
        for statement in statements.split(";"):
            self._database.execute(statement)

    def _has_tables(self) -> bool:
        (count,) = self._database.execute("select count(*) from sqlite_master").fetchone()
        return bool(count)

    def _check(self) -> None:
        (application,) = self._database.execute("pragma application_id").fetchone()
        (version,) = self._database.execute("pragma user_version").fetchone()
        if not self._has_tables():
            return
        if application != _APPLICATION:
            raise self._unusable(f"{FILE} there is a database of something else", "name another directory")
        if version != VERSION:
            why = f"its state has version {version}, and this release of xai-httpx reads version {VERSION}"
            raise self._unusable(why, f"delete {self._directory / FILE} to begin anew, or name another directory")

    def _unusable(self, why: str, remedy: str) -> StateError:
        return StateError(f"The directory {self._directory} cannot be used: {why}; {remedy}.", self._directory)

    @contextmanager
    def _telling(self) -> Generator[None]:
        """Say what an error of SQLite means here."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise self._unusable(
                    "another simulator runs with it", "stop that one, or name another directory"
                ) from error
            if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_ERROR", "SQLITE_FORMAT")):
                raise self.broken(f"{error}") from error
            raise self._unusable(
                f"{FILE} cannot be read or written ({error})", "see to its rights, and to the room on the disk"
            ) from error
