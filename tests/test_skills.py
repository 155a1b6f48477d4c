"""Skills: uploaded as a zip, a folder or files; listed, fetched, deleted."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pains.bodies import PASSING, made, pieces
from tests.rawserver import CUT, RawServer, reply
from tests.shown import shown
from xai_httpx import AsyncXAI, BadRequestError, NotFoundError, RequestTooLargeError, RequestValidationError
from xai_httpx.testing import SimulatedXAI

ENTRY = b"---\nname: pdf-tools\ndescription: 'Reads PDF files.'\n---\n\n# PDF tools\n"


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_md", ".md"), content)
    return buffer.getvalue()


def unzipped(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pdf"
    for name, content in {
        "SKILL.md": ENTRY,
        "scripts/read.py": b"print()",
        "scripts/__init__.py": b"",
        ".env": b"canary",
        ".git/config": b"canary",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


async def test_a_skill_from_upload_to_deletion(client: AsyncXAI, folder: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    skill = await client.skills.create(files=folder, on_progress=lambda *progress: told.append(progress))
    assert (skill.name, skill.description) == ("pdf-tools", "Reads PDF files.")
    assert skill.created is not None
    assert told[-1] == (len(ENTRY) + 7, len(ENTRY) + 7)
    assert (await client.skills.retrieve(skill.id)).id == skill.id
    saved = await client.skills.download(skill.id, tmp_path / "pdf.zip")
    archive = (await client.skills.content(skill.id)).content
    assert saved.path.read_bytes() == archive
    assert unzipped(archive) == {
        "pdf/SKILL.md": ENTRY,
        "pdf/scripts/__init__.py": b"",
        "pdf/scripts/read.py": b"print()",
    }
    assert (await client.skills.delete(skill.id)).object == "skill.deleted"
    for call in (client.skills.retrieve, client.skills.delete, client.skills.content):
        with pytest.raises(NotFoundError):
            await call(skill.id)


@pytest.mark.parametrize(
    "description", ["Reads PDF files.", '"Reads PDF files."', ">-\n  Reads\n  PDF files.\nlicense: MIT"]
)
async def test_a_description_may_go_on_over_lines(client: AsyncXAI, description: str) -> None:
    entry = f"---\r\nname: pdf\r\ndescription: {description}\n---\n".encode()
    assert (await client.skills.create(files=[("SKILL.md", entry)])).description == "Reads PDF files."


ARCHIVE = zipped(SKILL_md=ENTRY, scripts__a=b"x")


@pytest.mark.parametrize("kind", ["bytes", "BytesIO", "iterator", "path", "file", "named", "files", "tuple"])
async def test_it_may_be_given_in_many_ways(client: AsyncXAI, sim: SimulatedXAI, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "skill.zip"
    path.write_bytes(ARCHIVE)
    parts: list[Any] = [("SKILL.md", ENTRY), ("scripts/a", b"x")]
    with path.open("rb") as opened:
        given: dict[str, Any] = {
            "bytes": ARCHIVE,
            "BytesIO": io.BytesIO(ARCHIVE),
            "iterator": pieces(ARCHIVE),
            "path": path,
            "file": opened,
            "named": ("skill.zip", ARCHIVE),
            "files": parts,
            "tuple": tuple(parts),
        }
        skill = await client.skills.create(files=given[kind])
    assert unzipped((await client.skills.content(skill.id)).content) == {"SKILL.md": ENTRY, "scripts/a": b"x"}
    sent = sim.requests[0].raw
    assert sent.count(b'name="files"; filename="skill.zip"') == (0 if kind in ("files", "tuple") else 1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "files is empty"),
        (b"", "files is empty"),
        ("skill.zip", "must not be a string"),
        (Path("/nowhere"), "No such file"),
        (7, "got int"),
        ([("a\nb", b"canary")], "file name must be"),
        ([("a", b"canary", "text/plain")], "got a tuple of 3"),
        ([("SKILL.md", b"canary"), b"1", b"2"], "different names.*got 'upload' 2 times"),
        ("FOLDER", "has none"),
    ],
)
async def test_what_cannot_be_sent_is_named_before_anything_is(
    client: AsyncXAI, sim: SimulatedXAI, folder: Path, given: Any, says: str
) -> None:
    with pytest.raises(RequestValidationError, match=says) as caught:
        await client.skills.create(files=folder / "scripts" if given == "FOLDER" else given)
    assert caught.value.parameter == "files"
    assert "canary" not in shown(caught.value)
    assert sim.requests == []


async def test_a_folder_is_sent_whole_or_not_at_all(
    client: AsyncXAI, sim: SimulatedXAI, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for target, says in ((folder / "gone", "No such file"), (folder / "scripts", "links to a folder")):
        (folder / "link").symlink_to(target)
        with pytest.raises(RequestValidationError, match=says):
            await client.skills.create(files=folder)
        (folder / "link").unlink()
    listed = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "scripts":
            raise PermissionError(13, "not yours")
        return listed(path)

    (folder / ".hidden").symlink_to(folder)
    assert (await client.skills.create(files=folder)).name == "pdf-tools"
    sim.requests.clear()
    monkeypatch.setattr(os, "scandir", refuse)  # for root may read everything
    with pytest.raises(RequestValidationError, match="not yours") as caught:
        await client.skills.create(files=folder)
    assert caught.value.parameter == "files"
    assert sim.requests == []


async def test_a_large_folder_needs_few_open_files(client: AsyncXAI, folder: Path) -> None:
    for number in range(50):
        (folder / f"{number}.txt").write_bytes(b"x")
    held: list[int] = []
    await client.skills.create(files=folder, on_progress=lambda *_: held.append(len(list(Path("/dev/fd").iterdir()))))
    assert len(held) > 50
    assert max(held) - min(held) < 10


async def test_a_list_goes_on_after_the_last_of_a_page(client: AsyncXAI, sim: SimulatedXAI) -> None:
    assert (await client.skills.list()).items == []
    ids = [(await client.skills.create(files=ARCHIVE)).id for _ in range(3)]
    sim.requests.clear()
    assert [skill.id async for skill in client.skills.list(limit=2, order="asc")] == ids
    assert [request.query.get("after") for request in sim.requests] == [None, ids[1]]
    assert [skill.id for skill in await client.skills.list(after=ids[1]).collect()] == ids[:1]
    with pytest.raises(RequestValidationError, match="order must be one of asc, desc"):
        client.skills.list(order="up")  # type: ignore[arg-type]
    for limit in (0, 101, True):
        with pytest.raises(RequestValidationError, match="limit must be a whole number of at least 1 and at most 100"):
            client.skills.list(limit=limit)


async def test_a_page_has_a_hundred_unless_told(client: AsyncXAI) -> None:
    for _ in range(101):
        await client.skills.create(files=ARCHIVE)
    page = await client.skills.list()
    assert (len(page.items), page.has_next) == (100, True)


async def test_a_delete_whose_reply_was_lost_is_no_error(server: RawServer) -> None:
    server.answer(CUT)
    server.answer(reply(b"{}", 404))
    async with made(server, retries=PASSING) as client:
        assert (await client.skills.delete("skill_1")).deleted


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([("README.md", b"x")], "no SKILL.md"),
        ([("a/b/SKILL.md", ENTRY)], "no SKILL.md"),
        ([("SKILL.md", b"# No frontmatter")], "frontmatter"),
        ([("SKILL.md", b"---\nname: a\n---\n")], "frontmatter"),
        ([("SKILL.md", b"\xff")], "cannot be read"),
        ([("SKILL.md", ENTRY), ("../a", b"x")], "file name"),
        ([("skill.zip", zipped(README_md=b"x"))], "no SKILL.md"),
    ],
)
async def test_the_simulator_refuses_what_is_no_skill(client: AsyncXAI, files: Any, says: str) -> None:
    with pytest.raises(BadRequestError, match=says):
        await client.skills.create(files=files)


async def test_the_simulator_refuses_what_is_too_large_or_no_form(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.limit_uploads(10)
    with pytest.raises(RequestTooLargeError):
        await client.skills.create(files=ARCHIVE)
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {sim.api_key}"}) as http:
        assert (await http.post(f"{sim.base_url}/skills", json={})).status_code == 415
        assert (await http.post(f"{sim.base_url}/skills", files={"other": b"x"})).status_code == 400
        assert (await http.get(f"{sim.base_url}/skills?limit=0")).status_code == 400


def test_without_await(sim: SimulatedXAI, tmp_path: Path) -> None:
    with sim.sync_client() as xai:
        skill = xai.skills.create(files=ARCHIVE)
        assert [each.id for each in xai.skills.list()] == [skill.id]
        assert xai.skills.retrieve(skill.id).name == "pdf-tools"
        assert xai.skills.content(skill.id).content == ARCHIVE
        assert xai.skills.download(skill.id, tmp_path / "a.zip").size == len(ARCHIVE)
        assert xai.skills.delete(skill.id).deleted
