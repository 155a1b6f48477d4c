"""The model catalogue: `/v1/models` and the four families."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .._call import Call, segment
from .._catalogue import Catalogue, Family, ModelInfo, catalogue_of, check_limits
from .._pages import Page
from .._sync import SyncPage, SyncResource, to_sync
from .._together import together
from ..types.models import (
    EmbeddingModel,
    EmbeddingModelList,
    ImageGenerationModel,
    ImageGenerationModelList,
    LanguageModel,
    LanguageModelList,
    Model,
    ModelList,
    VideoGenerationModel,
    VideoGenerationModelList,
)
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from .._resources import Resources

M = TypeVar("M")


class ModelFamily(Resource, Generic[M]):
    """The models of one family.

    Args:
        client: The client that sends.
        path: Where the family is listed.
        model: What one of them is.
        listing: What the list of them is.
        items: The models in a list.
    """

    def __init__(
        self, client: Resources, path: str, model: type[M], listing: type[Any], items: Callable[[Any], list[M]]
    ) -> None:
        super().__init__(client)
        self._path = path
        self._model = model
        self._listing = listing
        self._items = items

    def list(self, *, options: RequestOptions | None = None) -> Page[M]:
        """List the models of this family that the key may use."""
        return Page(self._client, Call("GET", self._path, self._listing), options, self._items)

    async def retrieve(self, model_id: str, *, options: RequestOptions | None = None) -> M:
        """Fetch one model.

        Args:
            model_id: Its id or an alias.
            options: Transport options of this call.

        Raises:
            NotFoundError: There is no such model in this family.
        """
        path = f"{self._path}/{segment(model_id, 'model_id')}"
        return await self._client._call(Call("GET", path, self._model), options)


class Models(ModelFamily[Model]):
    """All models, and the four families with what is particular to each."""

    def __init__(self, client: Resources) -> None:
        super().__init__(client, "/models", Model, ModelList, lambda page: page.data)

    @cached_property
    def language(self) -> ModelFamily[LanguageModel]:
        """Models that write text; prices in USD cents per 100 million tokens."""
        return self._family("/language-models", LanguageModel, LanguageModelList)

    @cached_property
    def embedding(self) -> ModelFamily[EmbeddingModel]:
        """Models that make vectors; prices in USD cents per million tokens."""
        return self._family("/embedding-models", EmbeddingModel, EmbeddingModelList)

    @cached_property
    def image(self) -> ModelFamily[ImageGenerationModel]:
        """Models that make images; prices in USD cents per image."""
        return self._family("/image-generation-models", ImageGenerationModel, ImageGenerationModelList)

    @cached_property
    def video(self) -> ModelFamily[VideoGenerationModel]:
        """Models that make videos."""
        return self._family("/video-generation-models", VideoGenerationModel, VideoGenerationModelList)

    async def catalogue(self, *, options: RequestOptions | None = None) -> Catalogue:
        """Fetch all models with what the four families tell of them; five lists, read at once.

        Args:
            options: Transport options of each of the five calls.

        Returns:
            A catalogue that finds models by id, alias, ability and price without further calls.
        """
        families: dict[Family, ModelFamily[Any]] = {
            "language": self.language,
            "embedding": self.embedding,
            "image": self.image,
            "video": self.video,
        }
        models, *listed = await together(
            [partial(each.list(options=options).collect) for each in (self, *families.values())]
        )
        return catalogue_of(models, dict(zip(families, listed, strict=True)))

    async def select(
        self,
        *,
        modality: str | None = None,
        input_modality: str | None = None,
        min_context: int | None = None,
        max_input_price: float | Decimal | None = None,
        options: RequestOptions | None = None,
    ) -> list[ModelInfo]:
        """Find the models that will do, the cheapest input first, then the newest.

            [model, *others] = await client.models.select(modality="text", min_context=200_000, max_input_price=3)

        A model of which the API does not say what is asked for is left out. To ask several times, keep a `catalogue()`.

        Args:
            modality: What it has to make: `text`, `image`, `video` or `embedding`.
            input_modality: What it has to take as well: `image`, `audio`, ...
            min_context: Tokens that its context window has to have at least, 1 or more.
            max_input_price: US dollars per million tokens of text input that it may cost at most, 0 or more.
            options: Transport options of each of the five calls.

        Returns:
            As many as there are, perhaps none.

        Raises:
            RequestValidationError: A number is out of its range; nothing was sent.
        """
        check_limits(min_context, max_input_price)
        catalogue = await self.catalogue(options=options)
        return catalogue.select(
            modality=modality,
            input_modality=input_modality,
            min_context=min_context,
            max_input_price=max_input_price,
        )

    def _family(self, path: str, model: type[M], listing: type[Any]) -> ModelFamily[M]:
        return ModelFamily(self._client, path, model, listing, lambda page: page.models)


class SyncModelFamily(SyncResource[ModelFamily[M]], Generic[M]):
    """The models of one family."""

    def list(self, *, options: RequestOptions | None = None) -> SyncPage[M]:
        """List the models of this family that the key may use."""
        return SyncPage(self._resource.list(options=options), self._runner)

    def retrieve(self, model_id: str, *, options: RequestOptions | None = None) -> M:
        """Fetch one model by its id or an alias; see `ModelFamily.retrieve`."""
        return self._runner.run(lambda: self._resource.retrieve(model_id, options=options))


class SyncModels(SyncModelFamily[Model]):
    """All models, and the four families with what is particular to each."""

    _resource: Models
    catalogue = to_sync(Models.catalogue)
    select = to_sync(Models.select)

    @cached_property
    def language(self) -> SyncModelFamily[LanguageModel]:
        """Models that write text; prices in USD cents per 100 million tokens."""
        return SyncModelFamily(self._resource.language, self._runner)

    @cached_property
    def embedding(self) -> SyncModelFamily[EmbeddingModel]:
        """Models that make vectors; prices in USD cents per million tokens."""
        return SyncModelFamily(self._resource.embedding, self._runner)

    @cached_property
    def image(self) -> SyncModelFamily[ImageGenerationModel]:
        """Models that make images; prices in USD cents per image."""
        return SyncModelFamily(self._resource.image, self._runner)

    @cached_property
    def video(self) -> SyncModelFamily[VideoGenerationModel]:
        """Models that make videos."""
        return SyncModelFamily(self._resource.video, self._runner)
