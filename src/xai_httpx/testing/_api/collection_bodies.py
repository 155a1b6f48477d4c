"""Collections and documents as they are on the wire, and the bodies that create and change them."""

import hashlib

from .._contract.errors import ApiError
from .._json import JsonObject
from .._saving.clock import rfc3339
from .._stores.collection_store import FAILED, StoredCollection, StoredDocument
from .._stores.file_store import StoredFile

_SETTINGS = ("collection_name", "collection_description", "chunk_configuration")
ADD, DELETE = "FIELD_DEFINITION_ADD", "FIELD_DEFINITION_DELETE"


def read_new(body: JsonObject) -> tuple[JsonObject, dict[str, JsonObject]]:
    """Read the body that creates a collection: its settings, and its field definitions by key."""
    settings = {"index_configuration": {"model_name": "grok-embedding-small"}, **_settings(body)}
    settings |= {name: body[name] for name in ("index_configuration", "metric_space") if body.get(name) is not None}
    return settings, {definition["key"]: definition for definition in body.get("field_definitions") or ()}


def apply_update(collection: StoredCollection, body: JsonObject) -> None:
    """Change a collection as a body says; all of it or nothing.

    Raises:
        ApiError: 400 for a new field that is required.
    """
    settings = _settings(body)
    definitions, removed = dict(collection.field_definitions), set[str]()
    for update in body.get("field_definition_updates") or ():
        definition, operation = update["field_definition"], update["operation"]
        if operation == ADD and definition.get("required") and definition["key"] not in definitions:
            raise ApiError(400, f"Field {definition['key']} is new and cannot be required.")
        if operation == ADD:
            definitions[definition["key"]] = definition
        else:
            definitions.pop(definition["key"], None)
            removed.add(definition["key"])
    collection.settings |= settings
    collection.field_definitions = definitions
    for file_id, document in collection.documents.items():
        if removed & document.fields.keys():
            document.fields = {key: value for key, value in document.fields.items() if key not in removed}
            collection.documents.changed(file_id)


def collection_body(collection: StoredCollection) -> JsonObject:
    """Return a collection as the API shows it."""
    return {
        "collection_id": collection.id,
        "created_at": rfc3339(collection.created_at),
        **collection.settings,
        "documents_count": len(collection.documents),
        "field_definitions": list(collection.field_definitions.values()),
    }


def document_body(document: StoredDocument) -> JsonObject:
    """Return a document as the API shows it."""
    return {
        "file_metadata": _file_body(document.file),
        "fields": document.fields,
        "status": document.status,
        "error_message": document.error_message if document.status == FAILED else "",
        "last_indexed_at": rfc3339(document.last_indexed_at),
    }


def _file_body(file: StoredFile) -> JsonObject:
    return {
        "file_id": file.id,
        "name": file.filename,
        "size_bytes": str(file.size),
        "content_type": file.content_type,
        "created_at": rfc3339(file.created_at),
        "expires_at": rfc3339(file.expires_at),
        "hash": hashlib.blake2b(file.content, digest_size=32).hexdigest(),  # of the length of the real BLAKE3
        "upload_status": "Complete",
        "upload_error_message": "",
        "processing_status": "complete",
        "file_path": "",
    }


def _settings(body: JsonObject) -> JsonObject:
    return {name: body[name] for name in _SETTINGS if body.get(name) is not None}
