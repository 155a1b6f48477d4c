"""Factories of models, embeddings and tokens."""

from collections.abc import Sequence
from typing import Any

from ...types.embeddings import Embedding, EmbeddingResponse
from ...types.models import EmbeddingModel, ImageGenerationModel, LanguageModel, Model, VideoGenerationModel
from ...types.tokenizer import TokenizeResponse
from .._api.embeddings import embeddings_body
from .._brain import tokens
from .._stores.catalogue import family_body, find_model, general_body
from .making import COUNT_AT_LEAST_1, made, model_named


def make_model(id: str = "grok-4.6", **fields: Any) -> Model:
    """Make a model as `models.list()` gives it, whatever its family.

    Args:
        id: Its name; one that the simulator does not have is a language model with the prices of grok-4.6.
        **fields: Any other field of `Model`.

    Raises:
        TypeError: `Model` has no such field.
        ValueError: A field cannot have such a value.
    """
    return made(Model, general_body(find_model(id) or model_named(id, "language")), fields)


def make_language_model(id: str = "grok-4.6", **fields: Any) -> LanguageModel:
    """Make a language model; `fields` are those of `LanguageModel`."""
    return made(LanguageModel, family_body(model_named(id, "language")), fields)


def make_embedding_model(id: str = "grok-embedding-small", **fields: Any) -> EmbeddingModel:
    """Make an embedding model; `fields` are those of `EmbeddingModel`."""
    return made(EmbeddingModel, family_body(model_named(id, "embedding")), fields)


def make_image_model(id: str = "grok-imagine-image", **fields: Any) -> ImageGenerationModel:
    """Make an image model; `fields` are those of `ImageGenerationModel`."""
    return made(ImageGenerationModel, family_body(model_named(id, "image")), fields)


def make_video_model(id: str = "grok-imagine-video", **fields: Any) -> VideoGenerationModel:
    """Make a video model; `fields` are those of `VideoGenerationModel`."""
    return made(VideoGenerationModel, family_body(model_named(id, "video")), fields)


def make_embeddings(
    texts: str | Sequence[str] = "Hello.",
    *,
    model: str = "grok-embedding-small",
    dimensions: int = 1024,
    **fields: Any,
) -> EmbeddingResponse:
    """Make embeddings of texts: of length 1, and the nearer the more words two texts share.

    Args:
        texts: One text or several.
        model: The model.
        dimensions: The length of each embedding.
        **fields: Any other field of `EmbeddingResponse`.

    Raises:
        TypeError: `EmbeddingResponse` has no such field.
        ValueError: `dimensions` is below 1, a text is empty, or a field cannot have such a value.
    """
    if dimensions < 1:
        raise ValueError(COUNT_AT_LEAST_1.format("dimensions", dimensions))
    inputs = [tokens.pieces(text) for text in ([texts] if isinstance(texts, str) else texts)]
    if not all(inputs):
        raise ValueError("texts must not be empty.")
    ids = [[tokens.token_id(piece) for piece in pieces] for pieces in inputs]
    body = embeddings_body(model_named(model, "embedding"), ids, {"dimensions": dimensions})
    return made(EmbeddingResponse, body, fields)


def make_embedding(text: str = "Hello.", *, dimensions: int = 1024, **fields: Any) -> Embedding:
    """Make the embedding of one text, as `make_embeddings` does; `fields` are those of `Embedding`."""
    (body,) = make_embeddings(text, dimensions=dimensions).model_dump()["data"]
    return made(Embedding, body, fields)


def make_tokens(text: str = "Hello.") -> TokenizeResponse:
    """Make the tokens of a text, by the tokenizer of the simulator."""
    return made(TokenizeResponse, tokens.tokenize_body(text), {})
