"""A skill as it is uploaded: one zip, or the files of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, cast

from anyio.to_thread import run_sync

from ._errors import RequestValidationError
from ._multipart import FileInput, form
from ._sources import Progress
from ._upload import Upload

SkillInput: TypeAlias = FileInput | Sequence[FileInput]
ENTRY = "SKILL.md"
EXPECTED = f"a zip, a folder with a {ENTRY}, or a list of files"


async def skill_form(given: SkillInput, on_progress: Progress | None) -> Upload:
    """The upload of a skill.

    Args:
        given: A zip, the path of a folder, or files. Those of a folder are named from the folder on
            (`folder/scripts/run.py`), without what is hidden: no one means to upload `.git` or `.env`.
        on_progress: As for `form`.

    Raises:
        RequestValidationError: There are no files, a folder has no SKILL.md or cannot be sent whole, or as for `form`.
            One of several files may be empty.
    """
    try:
        files = await _files_of(given)
    finally:
        del given  # no local of this frame, for tracebacks may be logged with them
    several = len(files) > 1
    try:
        return await form([], [("files", file) for file in files], on_progress, allow_empty=several)
    finally:
        del files  # as above


async def _files_of(given: SkillInput) -> list[FileInput]:
    value: Any = given
    if isinstance(value, os.PathLike):
        return await run_sync(_of_path, Path(os.fsdecode(cast("Path", value))))
    if isinstance(value, list) or (isinstance(value, tuple) and not _is_named(cast("Any", value))):
        files: list[FileInput] = list(cast("Any", value))
        if not files:
            raise RequestValidationError("files is empty", "files", EXPECTED)
        return files
    if isinstance(value, str | tuple) or hasattr(value, "name"):
        return [cast("FileInput", value)]
    return [("skill.zip", value)]


def _is_named(value: tuple[Any, ...]) -> bool:
    return len(value) == 2 and isinstance(value[0], str)


def _of_path(path: Path) -> list[FileInput]:
    """The files of a folder, or the one file; in a thread."""
    if not path.is_dir():
        return [path]
    folder = path.resolve()
    if not (folder / ENTRY).is_file():
        raise RequestValidationError(f"files must be {EXPECTED}: {str(path)!r} has none", "files", EXPECTED)
    try:
        found = sorted(_shown(folder))
    except OSError as error:
        raise RequestValidationError(f"files cannot be read: {error}", "files", EXPECTED) from error
    return [("/".join((folder.name, *file.relative_to(folder).parts)), file) for file in found]


def _shown(folder: Path) -> Iterator[Path]:
    """What is in a folder and those below it that is not hidden; nothing is left out because it cannot be read.

    Raises:
        OSError: A folder cannot be listed.
        RequestValidationError: A folder is a link, which may lead anywhere, and back.
    """

    def fail(error: OSError) -> NoReturn:
        raise error

    for root, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for link in (path for path in map(Path(root).joinpath, folders) if path.is_symlink()):
            raise RequestValidationError(f"files cannot be read: {str(link)!r} links to a folder", "files", EXPECTED)
        yield from (Path(root, name) for name in names if not name.startswith("."))
