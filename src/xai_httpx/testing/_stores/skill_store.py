"""The simulated skills: bundles of files around a SKILL.md."""

import io
import re
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from .._contract.errors import ApiError
from .._form import Part
from .._json import JsonObject
from .._saving.blob import Blob, SavedBlob
from .._saving.clock import Clock
from .._saving.shelf import Journal
from .file_store import MAX_BYTES

_ENTRY = "SKILL.md"
_FRONTMATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(name|description):(.*(?:\n[ \t]+.*)*)", re.MULTILINE)  # with the lines that go on with it
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a time that is always the same makes the same zip of the same files


@dataclass(frozen=True, slots=True)
class StoredSkill:
    """A skill: what it is, and its files as a zip."""

    body: JsonObject
    blob: SavedBlob

    @property
    def archive(self) -> bytes:
        """The zip."""
        return self.blob.content


class SkillStore:
    """Skills by id; used from the server's loop only.

    Attributes:
        max_bytes: The largest bundle that is accepted.
    """

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Start empty."""
        self.max_bytes = MAX_BYTES
        self._clock = clock
        self._skills = journal.shelf("skills", StoredSkill)

    def add(self, parts: list[Part]) -> StoredSkill:
        """Keep the skill that was uploaded as one zip or as its files.

        Raises:
            ApiError: 400 for a bundle that is no skill, 413 above the largest size.
        """
        if not parts:
            raise ApiError(400, "The form has no files.")
        if sum(len(part.content) for part in parts) > self.max_bytes:
            raise ApiError(413, f"The skill exceeds the maximum of {self.max_bytes} bytes.")
        single = len(parts) == 1 and zipfile.is_zipfile(io.BytesIO(parts[0].content))
        archive = parts[0].content if single else _zipped(parts)
        name, description = _described(_entry_of(archive))
        skill_id = f"skill_{uuid.uuid4()}"
        body: JsonObject = {
            "id": skill_id,
            "object": "skill",
            "name": name,
            "description": description,
            "created_at": int(self._clock.now()),
            "default_version": "1",
            "latest_version": "1",
        }
        self._skills[skill_id] = skill = StoredSkill(body, Blob(archive))
        return skill

    def bodies(self) -> list[JsonObject]:
        """Return all skills, oldest first."""
        return [skill.body for skill in self._skills.values()]

    def get(self, skill_id: str) -> StoredSkill:
        """Return a skill.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        if skill_id not in self._skills:
            raise ApiError(404, f"Skill {skill_id} not found.")
        return self._skills[skill_id]

    def delete(self, skill_id: str) -> JsonObject:
        """Forget a skill and return the body that says so.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        self.get(skill_id)
        del self._skills[skill_id]
        return {"id": skill_id, "object": "skill.deleted", "deleted": True}


def _zipped(parts: list[Part]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {part.filename or "": part.content for part in parts}.items():
            path = PurePosixPath(name)
            if not path.name or path.is_absolute() or ".." in path.parts:
                raise ApiError(400, f"Invalid file name in the skill: {name!r}.")
            archive.writestr(zipfile.ZipInfo(f"{path}", _EARLIEST), content)
    return buffer.getvalue()


def _entry_of(archive: bytes) -> str:
    """The text of the SKILL.md, which is at the top or in the one folder there."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            names = [name for name in opened.namelist() if PurePosixPath(name).name == _ENTRY and name.count("/") <= 1]
            if names:
                return opened.read(min(names, key=len)).decode()
    except (zipfile.BadZipFile, UnicodeDecodeError, RuntimeError, NotImplementedError, ValueError):
        raise ApiError(400, "The skill cannot be read.") from None
    raise ApiError(400, f"The skill has no {_ENTRY} at its top.")


def _described(entry: str) -> tuple[str, str]:
    """Name and description, from the lines at the beginning of the SKILL.md."""
    frontmatter = _FRONTMATTER.match(entry)
    found: list[tuple[str, str]] = _FIELD.findall(frontmatter[1]) if frontmatter else []
    fields = {name: " ".join(value.split()).removeprefix(">-").lstrip("|> ").strip("\"'") for name, value in found}
    if not fields.get("name") or not fields.get("description"):
        raise ApiError(400, f"{_ENTRY} must begin with frontmatter that has name and description.")
    return fields["name"], fields["description"]
