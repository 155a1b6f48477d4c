"""Skills: `/v1/skills`."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Literal

from .._arguments import one_of, within
from .._call import Call, Replay, segment
from .._pages import Page, by_cursor
from .._raw import RawReply
from .._skill_files import skill_form
from .._sync import SyncResource, to_sync, to_sync_page
from ..types.skills import DeletedSkill, Skill, SkillList
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from .._download import Download
    from .._skill_files import SkillInput
    from .._sources import Progress


LARGEST_PAGE = 100


class Skills(Resource):
    """Folders of instructions that models can draw on."""

    async def create(
        self, *, files: SkillInput, on_progress: Progress | None = None, options: RequestOptions | None = None
    ) -> Skill:
        """Upload a skill; its name and description are those at the beginning of its `SKILL.md`.

        Args:
            files: A zip, as a path, bytes, a binary file or an async iterator; or the path of a folder with a
                `SKILL.md`, of which everything but hidden files is sent; or a list of files, each as for
                `files.create`. A pair of a path within the skill and a content says where a file belongs.
            on_progress: Called with the bytes of all files sent and their total, or None, after each chunk;
                awaited if it is async.
            options: Transport options of this call.

        Raises:
            RequestValidationError: A file cannot be read or is empty, two have the same name, or the folder has no
                `SKILL.md`. Nothing was sent.
            BadRequestError: It is no skill.
            RequestTooLargeError: It is larger than xAI takes.
            Exception: What reading a file raised.
        """
        try:
            upload = await skill_form(files, on_progress)
        finally:
            del files  # no local of this frame, for tracebacks may be logged with them
        return await self._client._call(Call("POST", "/skills", Skill, Replay.CREATE, upload=upload), options)

    def list(
        self,
        *,
        limit: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        after: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[Skill]:
        """List the skills of the account.

        Args:
            limit: Skills a page, 1 to 100; the server's default is 100.
            order: Oldest (`asc`) or newest (`desc`) first; the server's default is `desc`.
            after: Id of the skill that the page begins after.
            options: Transport options of each page's call.

        Returns:
            A list: await it for the first page, iterate it for all skills.

        Raises:
            RequestValidationError: An argument is not what it may be.
        """
        if limit is not None:
            within(limit, "limit", 1, LARGEST_PAGE)
        one_of(order, "order", "asc", "desc")
        call = Call("GET", "/skills", SkillList, query={"limit": limit, "order": order, "after": after})
        return Page(self._client, call, options, lambda page: page.data, by_cursor)

    async def retrieve(self, skill_id: str, *, options: RequestOptions | None = None) -> Skill:
        """Fetch what xAI knows of a skill.

        Raises:
            NotFoundError: There is no such skill.
        """
        return await self._client._call(Call("GET", _path(skill_id), Skill), options)

    async def delete(self, skill_id: str, *, options: RequestOptions | None = None) -> DeletedSkill:
        """Delete a skill.

        Raises:
            NotFoundError: There is no such skill, or not any more.
        """
        deleted = {"id": skill_id, "object": "skill.deleted", "deleted": True}
        return await self._client._call(Call("DELETE", _path(skill_id), DeletedSkill, when_empty=deleted), options)

    async def content(self, skill_id: str, *, options: RequestOptions | None = None) -> RawReply:
        """Fetch the files of a skill into memory, as the bytes of a zip.

        Raises:
            NotFoundError: There is no such skill.
        """
        return await self._client._raw(_content(skill_id), options)

    async def download(
        self,
        skill_id: str,
        to: str | PathLike[str],
        *,
        on_progress: Progress | None = None,
        options: RequestOptions | None = None,
    ) -> Download:
        """Write the files of a skill to a zip here, which appears under its name once it is whole.

        Args:
            skill_id: The skill.
            to: The zip, which is replaced if it exists; its folder has to exist.
            on_progress: Called with the bytes written and their total, or None, after each chunk;
                awaited if it is async.
            options: Transport options of this call.

        Raises:
            RequestValidationError: There cannot be a file `to`.
            NotFoundError: There is no such skill.
            OSError: The zip could not be written.
        """
        return await self._client._saved(_content(skill_id), to, options, on_progress)


def _path(skill_id: str) -> str:
    return f"/skills/{segment(skill_id, 'skill_id')}"


def _content(skill_id: str) -> Call[RawReply]:
    return Call("GET", f"{_path(skill_id)}/content", RawReply)


class SyncSkills(SyncResource[Skills]):
    """Folders of instructions that models can draw on."""

    create = to_sync(Skills.create)
    list = to_sync_page(Skills.list)
    retrieve = to_sync(Skills.retrieve)
    delete = to_sync(Skills.delete)
    content = to_sync(Skills.content)
    download = to_sync(Skills.download)
