"""Reads and writes the file of a cassette."""

import json
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from pydantic import ValidationError

from .._json import as_object
from .errors import CassetteError
from .interaction import CassetteFile, Interaction

VERSION = 1  # of the files that are read and written


def read_cassette(path: Path) -> list[Interaction]:
    """Read a cassette; one that does not exist is empty.

    Raises:
        CassetteError: It cannot be read, is none, or is of another version.
    """
    try:
        value = as_object(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CassetteError(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CassetteError(path, f"is not a cassette: {error}") from None
    if value is None or "version" not in value:
        raise CassetteError(path, "is not a cassette: it has no version")
    if value["version"] != VERSION:
        raise CassetteError(
            path,
            f"is a cassette of version {value['version']!r}, and this xai-httpx reads version {VERSION}; record anew",
        )
    try:
        return CassetteFile.model_validate(value).interactions
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CassetteError(path, f"is a broken cassette: {where}: {first['msg']}") from None


def interaction_text(interaction: Interaction) -> str:
    """An interaction as it is in the file; written once, for files are written again with each that is added."""
    text = json.dumps(interaction.model_dump(mode="json"), indent=2, ensure_ascii=False)
    return "    " + text.replace("\n", "\n    ")


def write_cassette(path: Path, texts: Sequence[str]) -> None:
    """Write a cassette at once: whoever reads the file meanwhile sees the one before, or this.

    Args:
        path: The file.
        texts: Of each interaction, what `interaction_text` makes of it.

    Raises:
        CassetteError: It cannot be written.
    """
    interactions = "[\n" + ",\n".join(texts) + "\n  ]" if texts else "[]"
    text = f'{{\n  "version": {VERSION},\n  "interactions": {interactions}\n}}\n'
    beside = path.with_name(f".{path.name[:100]}.{token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_text(text, encoding="utf-8", newline="\n")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise CassetteError(path, f"cannot be written: {error.strerror}") from error
