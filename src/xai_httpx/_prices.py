"""What models cost in US dollars, beside the units that the API counts in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ._models import XAIModel

CENTS_PER_100_MILLION = Decimal(10_000)  # such units in one US dollar per million
CENTS = Decimal(100)
HUNDRED_MILLIONTHS_OF_A_CENT = Decimal(10_000_000_000)


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in US dollars, exact; None where the API states none.

    Attributes:
        input: Per million tokens of text input.
        cached_input: Per million tokens of text input that the prompt cache had.
        output: Per million tokens of generated text.
        image_input: Per million tokens of image input.
        image: Per generated image, of medium quality at the resolution 1k.
    """

    input: Decimal | None = None
    cached_input: Decimal | None = None
    output: Decimal | None = None
    image_input: Decimal | None = None
    image: Decimal | None = None


def _dollars(value: object, units: Decimal) -> Decimal | None:
    """So many units in dollars; a reply that did not fit may hold anything in the place of a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(str(value)) / units


class ModelBase(XAIModel):
    """A model whose token prices are in USD cents per 100 million tokens."""

    _unit = CENTS_PER_100_MILLION

    @property
    def prices(self) -> Prices:
        """Its prices in US dollars, per million tokens and per image."""
        return Prices(
            input=self._price("prompt_text_token_price"),
            cached_input=self._price("cached_prompt_text_token_price"),
            output=self._price("completion_text_token_price"),
            image_input=self._price("prompt_image_token_price"),
            image=_dollars(getattr(self, "image_price", None), CENTS),
        )

    @property
    def long_context_prices(self) -> Prices | None:
        """Its prices for a request of `long_context_threshold` tokens or more; None where all cost the same."""
        if not getattr(self, "long_context_threshold", None):
            return None
        usual = self.prices
        return Prices(
            input=self._price("prompt_text_token_price_long_context") or usual.input,
            cached_input=self._price("cached_prompt_text_token_price_long_context") or usual.cached_input,
            output=self._price("completion_text_token_price_long_context") or usual.output,
            image_input=usual.image_input,
        )

    def _price(self, field: str) -> Decimal | None:
        return _dollars(getattr(self, field, None), self._unit)


class EmbeddingModelBase(ModelBase):
    """A model as the embedding family lists it, which alone counts in USD cents per million tokens."""

    _unit = CENTS


class ImagePricingTierBase(XAIModel):
    """The price of an image of one quality and resolution."""

    if TYPE_CHECKING:
        price_per_image: int

    @property
    def price_usd(self) -> Decimal | None:
        """Its price in US dollars."""
        return _dollars(self.price_per_image, HUNDRED_MILLIONTHS_OF_A_CENT)
