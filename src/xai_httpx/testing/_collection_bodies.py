"""Collections and documents as they are on the wire, and the bodies that create and change them."""

import hashlib

from ._chunking import check_chunks
from ._clock import rfc3339
from ._collection_store import FAILED, StoredCollection, StoredDocument
from ._errors import ApiError
from ._file_store import StoredFile
from ._json import JsonObject
from ._validation import array_of_objects, check_fields

_METRICS = ("HNSW_METRIC_UNKNOWN", "HNSW_METRIC_COSINE", "HNSW_METRIC_EUCLIDEAN", "HNSW_METRIC_INNER_PRODUCT")
_SETTINGS = {
    "collection_name": "string",
    "collection_description": "string",
    "chunk_configuration": "object",
    "team_id": "string",
}
_DEFINITION = {"required": "boolean", "inject_into_chunk": "boolean", "unique": "boolean", "description": "string"}
ADD, DELETE = "FIELD_DEFINITION_ADD", "FIELD_DEFINITION_DELETE"


def read_new(body: JsonObject) -> tuple[JsonObject, dict[str, JsonObject]]:
    """Check the body that creates a collection; return its settings, and its field definitions by key.

    Raises:
        ApiError: What is wrong with the body.
    """
    own = {"index_configuration": "object", "metric_space": "string", "field_definitions": "array"}
    check_fields(body, {"collection_name": "string"}, {**_SETTINGS, **own})
    if body.get("metric_space") not in (None, *_METRICS):
        raise ApiError(400, f"Invalid value for metric_space: it must be one of {', '.join(_METRICS)}.")
    definitions = array_of_objects(body.get("field_definitions") or [], "field_definitions")
    for definition in definitions:
        check_fields(definition, {"key": "string"}, _DEFINITION)
    settings = _settings(body)
    for name in ("index_configuration", "metric_space"):
        if body.get(name) is not None:
            settings[name] = body[name]
    return {"index_configuration": {"model_name": "grok-embedding-small"}, **settings}, {
        definition["key"]: definition for definition in definitions
    }


def apply_update(collection: StoredCollection, body: JsonObject) -> None:
    """Change a collection as a body says; all of it or nothing.

    Raises:
        ApiError: What is wrong with the body.
    """
    check_fields(body, {}, {**_SETTINGS, "field_definition_updates": "array"})
    settings = _settings(body)
    updates = array_of_objects(body.get("field_definition_updates") or [], "field_definition_updates")
    definitions, removed = dict(collection.field_definitions), set[str]()
    for update in updates:
        check_fields(update, {"field_definition": "object", "operation": "string"})
        definition, operation = update["field_definition"], update["operation"]
        check_fields(definition, {"key": "string"}, _DEFINITION)
        if operation not in (ADD, DELETE):
            raise ApiError(400, f"Invalid value for operation: it must be {ADD} or {DELETE}.")
        if operation == ADD and definition.get("required") and definition["key"] not in definitions:
            raise ApiError(400, f"Field {definition['key']} is new and cannot be required.")
        if operation == ADD:
            definitions[definition["key"]] = definition
        else:
            definitions.pop(definition["key"], None)
            removed.add(definition["key"])
    collection.settings |= settings
    collection.field_definitions = definitions
    for document in collection.documents.values():
        document.fields = {key: value for key, value in document.fields.items() if key not in removed}


def read_fields(body: JsonObject) -> dict[str, str]:
    """Check the body that adds a document and return its fields.

    Raises:
        ApiError: 422 unless they are a map of strings.
    """
    check_fields(body, {}, {"team_id": "string", "fields": "object"})
    fields: JsonObject = body.get("fields") or {}
    check_fields(fields, dict.fromkeys(fields, "string"))
    return fields


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
    if body.get("collection_name") == "":
        raise ApiError(400, "collection_name must not be empty.")
    if body.get("chunk_configuration") is not None:
        check_chunks(body["chunk_configuration"])
    return {name: body[name] for name in _SETTINGS if name != "team_id" and body.get(name) is not None}
