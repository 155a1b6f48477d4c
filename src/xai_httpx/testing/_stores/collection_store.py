"""The simulated collections: their documents, which take a while to be indexed, and the chunks of those."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field

from .._contract.errors import ApiError
from .._json import JsonObject
from .._saving.clock import Clock
from .._saving.shelf import Journal, Shelf
from .chunking import DEFAULT, chunks
from .file_store import StoredFile

PROCESSING, PROCESSED, FAILED = "DOCUMENT_STATUS_PROCESSING", "DOCUMENT_STATUS_PROCESSED", "DOCUMENT_STATUS_FAILED"
_PAGE_BREAK = "\f"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document that a search finds; the page is 0 where the document has only one."""

    id: str
    content: str
    page: int


@dataclass(slots=True)
class StoredDocument:
    """A file in a collection. Times are unix seconds; `serial` is its place in the order in which they came."""

    file: StoredFile
    fields: dict[str, str]
    serial: int
    status: str = PROCESSING
    polls_left: int = 0
    error_message: str = ""
    last_indexed_at: float | None = None
    chunks: list[Chunk] = field(default_factory=list[Chunk])


@dataclass(slots=True)
class StoredCollection:
    """A collection: what it was created with, and its documents by the ids of their files."""

    id: str
    settings: JsonObject
    field_definitions: dict[str, JsonObject]
    created_at: float
    serial: int
    documents: Annotated[Shelf[StoredDocument], Field(exclude=True)] = field(default_factory=Shelf[StoredDocument])

    def document(self, file_id: str) -> StoredDocument:
        """Return a document.

        Raises:
            ApiError: 404 if the file is not in this collection.
        """
        if file_id not in self.documents:
            raise ApiError(404, f"Document {file_id} not found in collection {self.id}.")
        return self.documents[file_id]


class CollectionStore:
    """Collections by id; used from the server's loop only.

    Attributes:
        pending_polls: How many reads find a document unfinished that is added from now on.
        failures: What the documents that are added next fail with, first the oldest.
    """

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Start empty."""
        self.pending_polls = 1
        self.failures: list[str] = []
        self._clock = clock
        self._journal = journal
        self._collections = journal.shelf("collections", StoredCollection, {"documents": StoredDocument})

    def all(self) -> list[StoredCollection]:
        """Return all collections, oldest first."""
        return list(self._collections.values())

    def get(self, collection_id: str) -> StoredCollection:
        """Return a collection.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        if collection_id not in self._collections:
            raise ApiError(404, f"Collection {collection_id} not found.")
        return self._collections[collection_id]

    def create(self, settings: JsonObject, field_definitions: dict[str, JsonObject]) -> StoredCollection:
        """Keep a new collection."""
        made = StoredCollection(
            f"collection_{uuid.uuid4()}", settings, field_definitions, self._clock.now(), self._journal.next_serial()
        )
        self._collections[made.id] = made
        return made

    def delete(self, collection_id: str) -> None:
        """Forget a collection.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        del self._collections[self.get(collection_id).id]

    def changed(self, collection: StoredCollection) -> None:
        """Note that a collection was changed, apart from its documents."""
        self._collections.changed(collection.id)

    def attach(self, collection: StoredCollection, file: StoredFile, fields: dict[str, str]) -> None:
        """Put a file into a collection and begin to index it; one that is there gets these fields.

        Raises:
            ApiError: 400 without a field that is required, or for a value that has to be unique and is not.
        """
        for key, definition in collection.field_definitions.items():
            if definition.get("required") and not fields.get(key):
                raise ApiError(400, f"Field {key} is required.")
            others = (document for document in collection.documents.values() if document.file.id != file.id)
            if definition.get("unique") and key in fields and any(o.fields.get(key) == fields[key] for o in others):
                raise ApiError(400, f"Field {key} must be unique: another document has the value {fields[key]!r}.")
        kept = replace(file, public=None)  # what becomes of the file later, such as a public URL, is not the document's
        collection.documents[file.id] = StoredDocument(kept, fields, self._journal.next_serial())
        self.index(collection, file.id)

    def index(self, collection: StoredCollection, file_id: str) -> None:
        """Begin to index a document anew; searches do not find it until that is done.

        Raises:
            ApiError: 404 if the file is not in the collection.
        """
        document = collection.document(file_id)
        document.status, document.polls_left, document.error_message = PROCESSING, self.pending_polls, ""
        document.chunks = []
        collection.documents.changed(file_id)
        if self.failures:
            document.error_message = self.failures.pop(0)

    def look(self, collection: StoredCollection, document: StoredDocument) -> None:
        """Count a read of a document; the one after the last that finds it unfinished ends its indexing."""
        if document.status != PROCESSING:
            return
        collection.documents.changed(document.file.id)
        if document.polls_left > 0:
            document.polls_left -= 1
            return
        try:
            document.chunks = [] if document.error_message else _chunked(collection, document)
        except ApiError as error:  # a file without text
            document.error_message = error.message
        document.status = FAILED if document.error_message else PROCESSED
        document.last_indexed_at = self._clock.now()


def _chunked(collection: StoredCollection, document: StoredDocument) -> list[Chunk]:
    configuration = collection.settings.get("chunk_configuration") or DEFAULT
    injected = [f"{document.file.filename}\n"] if configuration.get("inject_name_into_chunks") else []
    for key, definition in collection.field_definitions.items():
        if definition.get("inject_into_chunk") and key in document.fields:
            injected.append(f"{key}: {document.fields[key]}\n")
    pages = document.file.text().split(_PAGE_BREAK)
    return [
        Chunk(f"chunk_{uuid.uuid4()}", "".join(injected) + chunk, number if len(pages) > 1 else 0)
        for number, page in enumerate(pages, 1)
        for chunk in chunks(page, configuration)
    ]
