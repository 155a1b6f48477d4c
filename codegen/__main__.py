"""Generate the types of the SDK from the files in `openapi/`.

    python -m codegen                    write openapi/xai.json and the generated modules
    python -m codegen --check            write nothing; exit 1 and name each file that is not current
    python -m codegen refresh FILE       take FILE as the new published.json, print what changed for users, then write

Through nox: `nox -s codegen`, `nox -s codegen -- --check`, `nox -s codegen -- refresh FILE`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from openapi_spec_validator import validate

from .compose import compose, dump
from .document import DescriptionError
from .emit import emit
from .refresh import describe_changes, read_published

ROOT = Path(__file__).parents[1]
OPENAPI = ROOT / "openapi"
PACKAGE = ROOT / "src" / "xai_httpx"


def main(arguments: list[str]) -> int:
    """Run one of the three commands; return the exit status."""
    parser = argparse.ArgumentParser(prog="codegen", description="Generate the types of the SDK from openapi/.")
    parser.add_argument("--check", action="store_true", help="only tell whether the files are current")
    commands = parser.add_subparsers(dest="command")
    refresh = commands.add_parser("refresh", help="take a newly published description")
    refresh.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    if options.check and options.command:
        parser.error("--check writes nothing, refresh does: use one of them")
    try:
        if options.command == "refresh":
            _refresh(options.file)
        return check() if options.check else write()
    except DescriptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def generated() -> dict[Path, str]:
    """Every generated file with the text it should have, `xai.json` among them."""
    document = compose(OPENAPI)
    validate(document)
    text = dump(document)
    return {OPENAPI / "xai.json": text, **emit(document, text.encode(), PACKAGE)}


def write() -> int:
    """Write what is not current, and remove modules that are no longer generated."""
    files = generated()
    for path in _stale(files):
        if path in files:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
        else:
            path.unlink()
            print(f"removed {path.relative_to(ROOT)}")
    return 0


def check() -> int:
    """Tell which files are not current."""
    stale = _stale(generated())
    for path in stale:
        print(f"not current: {path.relative_to(ROOT)}")
    if stale:
        print("run `nox -s codegen` and commit the result")
    return 1 if stale else 0


def _stale(files: dict[Path, str]) -> list[Path]:
    """Files whose text differs, and files beside them that are not generated any more."""
    differing = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    folders = {path.parent for path in files if path.suffix == ".py"}
    left_over = [path for folder in folders for path in folder.glob("*.py") if path not in files]
    return sorted(differing + left_over)


def _refresh(source: Path) -> None:
    new, old = read_published(source), read_published(OPENAPI / "published.json")
    for line in describe_changes(old, new) or ["nothing changed for users"]:
        print(line)
    (OPENAPI / "published.json").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
