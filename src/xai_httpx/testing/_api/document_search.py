"""Search in collections: what is asked for, which chunks there are, and the best of them."""

import math
from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._contract.refusals import check_ranges
from .._json import JsonObject, as_object
from .._stores.collection_store import Chunk, CollectionStore, StoredCollection, StoredDocument
from .filter import matcher
from .http import body_of
from .ranking import by_likeness, by_words, fused
from .state import SimulatorState

_LIMIT = 10
_WEIGHTS = ("embedding_weight", "text_weight")
_BEST_OF_GROUP: JsonObject = {"min_k": {"k": 1, "keys": ["#score"]}}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk, with what it belongs to."""

    collection: StoredCollection
    document: StoredDocument
    chunk: Chunk


Ranked: TypeAlias = list[tuple[Candidate, float]]


class _Anything(Container[str]):
    """Every field: documents may have others than their collection defines."""

    def __contains__(self, name: object) -> bool:
        return True


class SearchRoutes:
    """Search in collections."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._collections = state.collections

    async def search(self, request: Request) -> Response:
        """Serve `POST /v1/documents/search`."""
        body = body_of(request)
        collections = [self._collections.get(each) for each in dict.fromkeys(body["source"]["collection_ids"])]
        ranked = _ranked(body, _candidates(body, collections, self._collections))
        if body.get("group_by"):
            ranked = _grouped(ranked, body["group_by"])
        return JSONResponse({"matches": [_match(*found) for found in ranked[: body.get("limit") or _LIMIT]]})


def search_routes(state: SimulatorState) -> list[Route]:
    """Return the route of `/v1/documents/search`."""
    return [Route("/v1/documents/search", SearchRoutes(state).search, methods=["POST"])]


def _candidates(body: JsonObject, collections: list[StoredCollection], store: CollectionStore) -> list[Candidate]:
    """The chunks of the documents that match the filter; those that are not indexed have none."""
    matches = matcher(body.get("filter") or "", _Anything())
    found: list[Candidate] = []
    for collection in collections:
        for document in collection.documents.values():
            store.look(collection, document)
            if matches(document.fields):
                found += [Candidate(collection, document, chunk) for chunk in document.chunks]
    return found


def _ranked(body: JsonObject, candidates: list[Candidate]) -> Ranked:
    mode: JsonObject = body.get("retrieval_mode") or {"type": "hybrid"}
    query, texts = body["query"], [candidate.chunk.content for candidate in candidates]
    if mode["type"] == "keyword":
        positions = by_words(query, texts)
    elif mode["type"] == "semantic":
        positions = by_likeness(query, texts)
    else:
        fetched = (body.get("limit") or _LIMIT) * (mode.get("search_multiplier") or 1)
        rules = as_object(mode.get("reranker")) or {}
        check_ranges(rules, {"k": (1, math.inf)})
        weights = (0.5 if rules.get(name) is None else rules[name] for name in _WEIGHTS)
        both = by_likeness(query, texts)[:fetched], by_words(query, texts)[:fetched]
        positions = fused(list(zip(both, weights, strict=True)), rules.get("k") or 60)
    return [(candidates[position], score) for position, score in positions]


def _grouped(ranked: Ranked, group_by: JsonObject) -> Ranked:
    """Keep the first of each group, in the order of the ranking; groups do not reach across collections."""
    aggregate = as_object(group_by.get("aggregate")) or _BEST_OF_GROUP
    largest, rule = "max_k" in aggregate, as_object(aggregate.get("max_k") or aggregate.get("min_k")) or {}
    groups: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for rank, (found, _) in enumerate(ranked):
        groups[found.collection.id, *(found.document.fields.get(key) for key in group_by["keys"])].append(rank)
    kept: list[int] = []
    for ranks in groups.values():
        for key in reversed(rule["keys"]):
            # "#score" stands for relevance, so the best are kept either way: the ranks are in that order already.
            if key != "#score":
                ranks.sort(key=lambda rank: ranked[rank][0].document.fields.get(key, ""), reverse=largest)
        kept += ranks[: rule["k"]]
    return [ranked[rank] for rank in sorted(kept)]


def _match(found: Candidate, score: float) -> JsonObject:
    return {
        "file_id": found.document.file.id,
        "chunk_id": found.chunk.id,
        "chunk_content": found.chunk.content,
        "score": score,
        "collection_ids": [found.collection.id],
        "fields": found.document.fields,
        "page_number": found.chunk.page,
    }
