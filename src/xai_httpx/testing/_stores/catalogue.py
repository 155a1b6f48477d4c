"""The simulated models: what they are called, what they cost, and how the five model routes show them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .._json import JsonObject

Family: TypeAlias = Literal["language", "embedding", "image", "video"]

CENT_IN_TICKS = 100_000_000
VIDEO_CENTS = 5  # for each second


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model of the catalogue; token prices are USD cents per 100 million tokens."""

    id: str
    family: Family
    created: int
    aliases: tuple[str, ...] = ()
    input_modalities: tuple[str, ...] = ("text",)
    output_modalities: tuple[str, ...] = ("text",)
    context_length: int | None = None
    reasoning_efforts: tuple[str, ...] = ()
    prompt_price: int = 0
    cached_price: int = 0
    completion_price: int = 0
    image_cents: int = 0

    @property
    def reasons(self) -> bool:
        """Whether the model emits reasoning before its answer."""
        return bool(self.reasoning_efforts)

    def cost_in_ticks(self, prompt_tokens: int, completion_tokens: int) -> int:
        """Price a call in ticks of 1e-10 USD.

        A tick is a 1e8th of a cent and prices are for 1e8 tokens, so the two scales cancel out.
        """
        return prompt_tokens * self.prompt_price + completion_tokens * self.completion_price


CATALOGUE: tuple[CatalogueModel, ...] = (
    CatalogueModel(
        "grok-4.6", "language", 1_790_000_000, ("grok-latest",), ("text", "image"), ("text",), 500_000,
        prompt_price=20_000, cached_price=5_000, completion_price=60_000,
    ),
    CatalogueModel(
        "grok-4.5", "language", 1_782_000_000, (), ("text", "image"), ("text",), 500_000,
        prompt_price=20_000, cached_price=5_000, completion_price=60_000,
    ),
    CatalogueModel(
        "grok-4.3", "language", 1_776_000_000, (), ("text", "image"), ("text",), 1_000_000,
        prompt_price=12_500, cached_price=2_000, completion_price=25_000,
    ),
    CatalogueModel(
        "grok-code-fast-1", "language", 1_755_000_000, context_length=256_000, reasoning_efforts=("low", "high"),
        prompt_price=2_000, cached_price=200, completion_price=15_000,
    ),
    CatalogueModel(
        "grok-3-mini", "language", 1_743_000_000, context_length=131_072, reasoning_efforts=("low", "high"),
        prompt_price=3_000, cached_price=750, completion_price=5_000,
    ),
    CatalogueModel(
        "grok-embedding-small", "embedding", 1_740_000_000, output_modalities=("embedding",),
        context_length=8_192, prompt_price=100,
    ),
    CatalogueModel(
        "grok-imagine-image", "image", 1_769_000_000, (), ("text", "image"), ("image",), image_cents=2,
    ),
    CatalogueModel("grok-imagine-video", "video", 1_769_000_000, (), ("text", "image"), ("video",)),
)  # fmt: skip


def find_model(name: str, family: Family | None = None) -> CatalogueModel | None:
    """Look a model up by id or alias, in one family or in all."""
    for model in CATALOGUE:
        if (name == model.id or name in model.aliases) and family in (None, model.family):
            return model
    return None


def family_models(family: Family) -> list[CatalogueModel]:
    """Return the models of a family."""
    return [model for model in CATALOGUE if model.family == family]


def general_body(model: CatalogueModel) -> JsonObject:
    """Describe a model as `/v1/models` does: every family in one shape, with the prices that it has."""
    body = _identity(model)
    if model.context_length is not None:
        body["context_length"] = model.context_length
    if model.family == "language":
        body |= _language_prices(model)
    elif model.family == "embedding":
        body |= {"prompt_text_token_price": model.prompt_price, "prompt_image_token_price": 0}
    elif model.family == "image":
        body |= _image_prices(model)
    return body


def family_body(model: CatalogueModel) -> JsonObject:
    """Describe a model as the route of its own family does."""
    body = _identity(model) | {
        "fingerprint": f"fp_{model.created:x}",
        "version": "1.0.0",
        "input_modalities": list(model.input_modalities),
        "output_modalities": list(model.output_modalities),
    }
    if model.family == "language":
        body |= _language_prices(model) | {"search_price": 0}
    elif model.family == "embedding":
        # This route alone counts in cents per one million tokens.
        body |= {"prompt_text_token_price": model.prompt_price // 100, "prompt_image_token_price": 0}
    elif model.family == "image":
        body |= _image_prices(model) | {"max_prompt_length": 8_000}
    return body


def _identity(model: CatalogueModel) -> JsonObject:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": "xai",
        "aliases": list(model.aliases),
    }


def _language_prices(model: CatalogueModel) -> JsonObject:
    prices: JsonObject = {
        "prompt_text_token_price": model.prompt_price,
        "cached_prompt_text_token_price": model.cached_price,
        "completion_text_token_price": model.completion_price,
        "prompt_image_token_price": model.prompt_price if "image" in model.input_modalities else 0,
        "prompt_text_token_price_long_context": 0,
        "cached_prompt_text_token_price_long_context": 0,
        "completion_text_token_price_long_context": 0,
        "long_context_threshold": 0,
    }
    if model.reasoning_efforts:
        efforts = list(model.reasoning_efforts)
        prices["capabilities"] = {"reasoning_effort": efforts, "default_reasoning_effort": efforts[0]}
    return prices


def _image_prices(model: CatalogueModel) -> JsonObject:
    tiers = (("1k", model.image_cents), ("2k", 2 * model.image_cents))
    return {
        "image_price": model.image_cents,
        "pricing": [
            {"quality": "medium", "resolution": resolution, "price_per_image": cents * CENT_IN_TICKS}
            for resolution, cents in tiers
        ],
    }
