"""Tools for testing code that uses xai_httpx: a simulator of the API, cassettes, factories, a plugin for pytest.

Every name loads when it is first used, for pytest imports this package in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._api.state import RejectedRequest as RejectedRequest
    from ._api.state import SimulatedRequest as SimulatedRequest
    from ._cassettes.cassette import Cassette as Cassette
    from ._cassettes.errors import CassetteError as CassetteError
    from ._cassettes.errors import CassetteMissError as CassetteMissError
    from ._factories.account import make_api_key as make_api_key
    from ._factories.account import make_me as make_me
    from ._factories.batches import make_batch as make_batch
    from ._factories.batches import make_batch_request as make_batch_request
    from ._factories.batches import make_batch_result as make_batch_result
    from ._factories.chat import make_completion as make_completion
    from ._factories.chat import make_completion_chunk as make_completion_chunk
    from ._factories.chat import make_completion_chunks as make_completion_chunks
    from ._factories.chat import make_deferred_completion as make_deferred_completion
    from ._factories.making import sse as sse
    from ._factories.media import make_image as make_image
    from ._factories.media import make_image_job as make_image_job
    from ._factories.media import make_images as make_images
    from ._factories.media import make_started_job as make_started_job
    from ._factories.media import make_video as make_video
    from ._factories.models import make_embedding as make_embedding
    from ._factories.models import make_embedding_model as make_embedding_model
    from ._factories.models import make_embeddings as make_embeddings
    from ._factories.models import make_image_model as make_image_model
    from ._factories.models import make_language_model as make_language_model
    from ._factories.models import make_model as make_model
    from ._factories.models import make_tokens as make_tokens
    from ._factories.models import make_video_model as make_video_model
    from ._factories.responses import make_response as make_response
    from ._factories.responses import make_response_events as make_response_events
    from ._factories.stored import make_collection as make_collection
    from ._factories.stored import make_document as make_document
    from ._factories.stored import make_file as make_file
    from ._factories.stored import make_search_match as make_search_match
    from ._factories.stored import make_search_response as make_search_response
    from ._factories.stored import make_skill as make_skill
    from ._faults.fault import Fault as Fault
    from ._guard import RealRequestError as RealRequestError
    from ._guard import allow_real_requests as allow_real_requests
    from ._load.report import LoadReport as LoadReport
    from ._load.run import run_load as run_load
    from ._saving.state_error import StateError as StateError
    from ._scripting import SimulatedReply as SimulatedReply
    from ._simulator import SimulatedXAI as SimulatedXAI

_HOMES = {
    "_cassettes.cassette": ["Cassette"],
    "_cassettes.errors": ["CassetteError", "CassetteMissError"],
    "_faults.fault": ["Fault"],
    "_guard": ["RealRequestError", "allow_real_requests"],
    "_load.report": ["LoadReport"],
    "_load.run": ["run_load"],
    "_factories.account": ["make_api_key", "make_me"],
    "_factories.batches": ["make_batch", "make_batch_request", "make_batch_result"],
    "_factories.chat": [
        "make_completion",
        "make_completion_chunk",
        "make_completion_chunks",
        "make_deferred_completion",
    ],
    "_factories.media": ["make_image", "make_image_job", "make_images", "make_started_job", "make_video"],
    "_factories.models": [
        "make_embedding",
        "make_embedding_model",
        "make_embeddings",
        "make_image_model",
        "make_language_model",
        "make_model",
        "make_tokens",
        "make_video_model",
    ],
    "_factories.responses": ["make_response", "make_response_events"],
    "_factories.stored": [
        "make_collection",
        "make_document",
        "make_file",
        "make_search_match",
        "make_search_response",
        "make_skill",
    ],
    "_factories.making": ["sse"],
    "_scripting": ["SimulatedReply"],
    "_simulator": ["SimulatedXAI"],
    "_api.state": ["RejectedRequest", "SimulatedRequest"],
    "_saving.state_error": ["StateError"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # to a type checker it would mean that any name exists

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(_HOME_OF)
