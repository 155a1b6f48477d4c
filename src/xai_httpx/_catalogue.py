"""The models of all families as one catalogue: what each can do, what it costs, and which of them will do."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

from ._errors import RequestValidationError
from ._prices import Prices

if TYPE_CHECKING:
    from .types.models import Model

T = TypeVar("T")
Family: TypeAlias = Literal["language", "embedding", "image", "video"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the API says of a model, in all its places together.

    Attributes:
        id: What it is called.
        aliases: Its other names; requests take them as well.
        family: Which kind it is listed under; None for one that only the list of all models has.
        input_modalities: What it takes: `text`, `image`, `audio`, ...
        output_modalities: What it makes: `text`, `image`, `video`, ...
        context_length: Size of its context window in tokens; None where the API states none.
        reasoning_efforts: Values of `reasoning_effort` that it takes.
        prices: In US dollars.
        long_context_prices: From `long_context_threshold` on; None where all requests cost the same.
        long_context_threshold: Tokens of a request from which it costs more; None where it never does.
        model: As the list of all models has it, in raw units; None for one that only its family lists.
        details: As its family lists it, in raw units: a `LanguageModel`, `EmbeddingModel`, ...
    """

    id: str
    aliases: tuple[str, ...]
    family: Family | None
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    context_length: int | None
    reasoning_efforts: tuple[str, ...]
    prices: Prices
    long_context_prices: Prices | None
    long_context_threshold: int | None
    model: Model | None
    details: Any


class Catalogue:
    """All models that the key may use, in the order of the API.

        catalogue = await client.models.catalogue()
        catalogue["grok-latest"].id                         # an alias, resolved
        catalogue.select(modality="text", min_context=200_000)
        for model in catalogue: ...

    It is a snapshot: nothing of it is fetched again.
    """

    def __init__(self, infos: Iterable[ModelInfo]) -> None:
        self._infos = tuple(infos)
        names = {alias: info for info in reversed(self._infos) for alias in info.aliases}
        self._by_name = names | {info.id: info for info in self._infos}

    def __len__(self) -> int:
        return len(self._infos)

    def __iter__(self) -> Iterator[ModelInfo]:
        return iter(self._infos)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> ModelInfo:
        """The model of an id or alias.

        Raises:
            KeyError: There is none.
        """
        return self._by_name[name]

    def __repr__(self) -> str:
        return f"Catalogue({', '.join(info.id for info in self)})"

    def select(
        self,
        *,
        modality: str | None = None,
        input_modality: str | None = None,
        min_context: int | None = None,
        max_input_price: float | Decimal | None = None,
    ) -> list[ModelInfo]:
        """The models that will do, the cheapest input first, then the newest.

        A model of which the API does not say what is asked for is left out.

        Args:
            modality: What it has to make: `text`, `image`, `video` or `embedding`.
            input_modality: What it has to take as well: `image`, `audio`, ...
            min_context: Tokens that its context window has to have at least, 1 or more.
            max_input_price: US dollars per million tokens of text input that it may cost at most, 0 or more.

        Returns:
            As many as there are, perhaps none.

        Raises:
            RequestValidationError: A number is out of its range.
        """
        check_limits(min_context, max_input_price)
        # As it is written: the float 0.3 is a little less than three tenths.
        most = None if max_input_price is None else Decimal(str(max_input_price))

        def will_do(info: ModelInfo) -> bool:
            made = {*info.output_modalities, "text" if info.family == "language" else info.family}
            price = info.prices.input
            return (
                (modality is None or modality in made)
                and (input_modality is None or input_modality in info.input_modalities)
                and (min_context is None or (info.context_length or 0) >= min_context)
                and (most is None or (price is not None and price <= most))
            )

        return sorted(filter(will_do, self), key=_rank)


def _rank(info: ModelInfo) -> tuple[float, float]:
    price, made = info.prices.input, getattr(info.model or info.details, "created", 0)
    return (math.inf if price is None else float(price), -made if isinstance(made, int | float) else 0)


def check_limits(min_context: Any, max_input_price: Any) -> None:
    """Refuse limits that are no numbers in their range.

    Raises:
        RequestValidationError: One is.
    """
    for name, value, least in (("min_context", min_context, 1), ("max_input_price", max_input_price, 0)):
        number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        if value is not None and not (number and float(value) >= least):  # a Decimal that is no number cannot compare
            expected = f"a number, {least} or more"
            raise RequestValidationError(f"{name} must be {expected}, got {value!r}", name, expected, value)


def catalogue_of(models: Sequence[Model], families: Mapping[Family, Sequence[Any]]) -> Catalogue:
    """The catalogue of the list of all models and those of the families; one without an id cannot be asked for."""
    general = _by_id(models)
    listed: dict[Family, dict[str, Any]] = {family: _by_id(members) for family, members in families.items()}
    family_of: dict[str, Family] = {name: family for family, members in listed.items() for name in members}
    details = {name: one for members in listed.values() for name, one in members.items()}
    names = dict.fromkeys([*general, *details])
    return Catalogue(_info(name, general.get(name), family_of.get(name), details.get(name)) for name in names)


def _by_id(models: Iterable[T]) -> dict[str, T]:
    named = ((getattr(model, "id", None), model) for model in models)
    return {name: model for name, model in named if isinstance(name, str)}


def _info(name: str, model: Model | None, family: Family | None, details: Any) -> ModelInfo:
    def told(field: str) -> Any:
        """What the list of all models says; where it says nothing, the family."""
        return getattr(model, field, None) or getattr(details, field, None)

    return ModelInfo(
        id=name,
        aliases=_words(told("aliases")),
        family=family,
        input_modalities=_words(told("input_modalities")),
        output_modalities=_words(told("output_modalities")),
        context_length=_number(told("context_length")),
        reasoning_efforts=_words(getattr(told("capabilities"), "reasoning_effort", None)),
        prices=_prices(model, details),
        long_context_prices=told("long_context_prices"),
        long_context_threshold=_number(told("long_context_threshold")) or None,
        model=model,
        details=details,
    )


# What follows is of replies, which may hold anything in the place of a value where they do not fit.


def _number(found: object) -> int | None:
    return found if isinstance(found, int) else None


def _words(found: object) -> tuple[str, ...]:
    words = cast("list[object]", found) if isinstance(found, list) else []
    return tuple(word for word in words if isinstance(word, str))


def _prices(model: Model | None, details: Any) -> Prices:
    """Those of the list of all models; where it states none, those of the family."""
    general, particular = (getattr(one, "prices", None) or Prices() for one in (model, details))
    either = {
        name: getattr(particular, name) if getattr(general, name) is None else getattr(general, name)
        for name in Prices.__dataclass_fields__
    }
    return Prices(**either)
