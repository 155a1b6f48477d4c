"""Tools for testing code that uses xai_httpx: a simulator of the API, cassettes, factories, a plugin for pytest.

Every name loads when it is first used, for pytest imports this package in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._cassette import Cassette as Cassette
    from ._cassette_errors import CassetteError as CassetteError
    from ._cassette_errors import CassetteMissError as CassetteMissError
    from ._fault import Fault as Fault
    from ._guard import RealRequestError as RealRequestError
    from ._guard import allow_real_requests as allow_real_requests
    from ._load_report import LoadReport as LoadReport
    from ._load_run import run_load as run_load
    from ._make_account import make_api_key as make_api_key
    from ._make_account import make_me as make_me
    from ._make_batches import make_batch as make_batch
    from ._make_batches import make_batch_request as make_batch_request
    from ._make_batches import make_batch_result as make_batch_result
    from ._make_chat import make_completion as make_completion
    from ._make_chat import make_completion_chunk as make_completion_chunk
    from ._make_chat import make_completion_chunks as make_completion_chunks
    from ._make_chat import make_deferred_completion as make_deferred_completion
    from ._make_media import make_image as make_image
    from ._make_media import make_image_job as make_image_job
    from ._make_media import make_images as make_images
    from ._make_media import make_started_job as make_started_job
    from ._make_media import make_video as make_video
    from ._make_models import make_embedding as make_embedding
    from ._make_models import make_embedding_model as make_embedding_model
    from ._make_models import make_embeddings as make_embeddings
    from ._make_models import make_image_model as make_image_model
    from ._make_models import make_language_model as make_language_model
    from ._make_models import make_model as make_model
    from ._make_models import make_tokens as make_tokens
    from ._make_models import make_video_model as make_video_model
    from ._make_responses import make_response as make_response
    from ._make_responses import make_response_events as make_response_events
    from ._make_stored import make_collection as make_collection
    from ._make_stored import make_document as make_document
    from ._make_stored import make_file as make_file
    from ._make_stored import make_search_match as make_search_match
    from ._make_stored import make_search_response as make_search_response
    from ._make_stored import make_skill as make_skill
    from ._making import sse as sse
    from ._scripting import SimulatedReply as SimulatedReply
    from ._simulator import SimulatedXAI as SimulatedXAI
    from ._state import RejectedRequest as RejectedRequest
    from ._state import SimulatedRequest as SimulatedRequest
    from ._state_error import StateError as StateError

_HOMES = {
    "_cassette": ["Cassette"],
    "_cassette_errors": ["CassetteError", "CassetteMissError"],
    "_fault": ["Fault"],
    "_guard": ["RealRequestError", "allow_real_requests"],
    "_load_report": ["LoadReport"],
    "_load_run": ["run_load"],
    "_make_account": ["make_api_key", "make_me"],
    "_make_batches": ["make_batch", "make_batch_request", "make_batch_result"],
    "_make_chat": ["make_completion", "make_completion_chunk", "make_completion_chunks", "make_deferred_completion"],
    "_make_media": ["make_image", "make_image_job", "make_images", "make_started_job", "make_video"],
    "_make_models": [
        "make_embedding",
        "make_embedding_model",
        "make_embeddings",
        "make_image_model",
        "make_language_model",
        "make_model",
        "make_tokens",
        "make_video_model",
    ],
    "_make_responses": ["make_response", "make_response_events"],
    "_make_stored": [
        "make_collection",
        "make_document",
        "make_file",
        "make_search_match",
        "make_search_response",
        "make_skill",
    ],
    "_making": ["sse"],
    "_scripting": ["SimulatedReply"],
    "_simulator": ["SimulatedXAI"],
    "_state": ["RejectedRequest", "SimulatedRequest"],
    "_state_error": ["StateError"],
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
