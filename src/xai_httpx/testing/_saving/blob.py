"""Bytes of any size, as the stores keep them."""

import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that never change, under a name of their own: so a disk writes them once, whatever refers to them."""

    content: bytes
    name: str = field(default_factory=lambda: uuid.uuid4().hex)


def _name(blob: Blob, info: Any) -> str:
    info.context[blob.name] = blob
    return blob.name


def _named(name: Any, info: Any) -> Blob:
    blob: Blob = info.context[name]
    return blob


SavedBlob = Annotated[Blob, PlainSerializer(_name), PlainValidator(_named)]
"""A blob in what is saved: its name is there. The context of (de)serialisation has the blobs by name."""
