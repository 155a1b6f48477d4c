"""Upload a folder as a skill, list the skills, look into it, and delete it.

Run it with `python examples/skills.py`.
"""

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from _client import open_client

ENTRY = """\
---
name: release-notes
description: Writes release notes from a list of commits.
---

# Release notes

Group the commits by what users notice, then run `scripts/check.py` on the result.
"""


def write_skill(folder: Path) -> None:
    """A folder as it may stand in a repository; what is hidden in it stays there."""
    (folder / "scripts").mkdir(parents=True)
    (folder / "SKILL.md").write_text(ENTRY, encoding="utf-8")
    (folder / "scripts" / "check.py").write_text("print('fine')\n", encoding="utf-8")
    (folder / ".gitignore").write_text("*.pyc\n", encoding="utf-8")


async def main() -> None:
    """Keep a skill at xAI for a moment."""
    with TemporaryDirectory() as parent:
        folder = Path(parent, "release-notes")
        write_skill(folder)
        async with open_client() as client:
            skill = await client.skills.create(files=folder)
            try:
                print(f"Created: {skill.name}, version {skill.latest_version}: {skill.description}")
                print("Listed: ", skill.id in {each.id async for each in client.skills.list()})
                content = await client.skills.content(skill.id)
                with zipfile.ZipFile(io.BytesIO(content.content)) as archive:
                    print("Files:  ", ", ".join(archive.namelist()))
            finally:
                print("Deleted:", (await client.skills.delete(skill.id)).deleted)


if __name__ == "__main__":
    anyio.run(main)
