"""Prices in dollars, and the catalogue that joins five lists."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import anyio
import pytest

from tests.rawserver import RawServer, reply
from xai_httpx import AsyncXAI, ModelInfo, Prices, RateLimitError, RequestValidationError
from xai_httpx._catalogue import Catalogue, catalogue_of
from xai_httpx._together import together
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import EmbeddingModel, ImagePricingTier, LanguageModel, Model


def model(name: str, **fields: Any) -> Model:
    made = {"id": name, "object": "model", "created": 1, "owned_by": "xai", "aliases": []}
    return Model.model_validate({**made, **fields})


def language(name: str, **fields: Any) -> LanguageModel:
    return LanguageModel.model_construct(id=name, **fields)


def names(models: list[ModelInfo]) -> list[str]:
    return [one.id for one in models]


def test_prices_are_dollars_per_million_tokens() -> None:
    priced = model(
        "m", prompt_text_token_price=20_000, cached_prompt_text_token_price=7_501, completion_text_token_price=0
    )
    assert priced.prices == Prices(input=Decimal(2), cached_input=Decimal("0.7501"), output=Decimal(0))
    assert (priced.prompt_text_token_price, priced.long_context_prices) == (20_000, None)
    assert model("m", image_price=7).prices == Prices(image=Decimal("0.07"))
    embedding = EmbeddingModel.model_construct(prompt_text_token_price=10, prompt_image_token_price=0)
    assert embedding.prices == Prices(input=Decimal("0.1"), image_input=Decimal(0))
    tier = ImagePricingTier(price_per_image=200_000_000, quality="medium", resolution="1k")
    assert tier.price_usd == Decimal("0.02")


def test_a_long_request_costs_more_where_the_api_says_so() -> None:
    priced = model(
        "m",
        long_context_threshold=128_000,
        prompt_text_token_price=30_000,
        prompt_text_token_price_long_context=60_000,
        completion_text_token_price=150_000,
        completion_text_token_price_long_context=0,
    )
    assert priced.long_context_prices == Prices(input=Decimal(6), output=Decimal(15))


def test_what_is_no_number_has_no_price() -> None:
    odd = Model.model_construct(prompt_text_token_price="free", completion_text_token_price=True)
    assert odd.prices == Prices()


async def test_the_catalogue_joins_what_five_lists_tell(client: AsyncXAI, sim: SimulatedXAI) -> None:
    catalogue = await client.models.catalogue()
    assert sorted(request.path for request in sim.requests) == [
        "/v1/embedding-models",
        "/v1/image-generation-models",
        "/v1/language-models",
        "/v1/models",
        "/v1/video-generation-models",
    ]
    latest = catalogue["grok-latest"]
    assert (latest.id, latest.family, latest.context_length) == ("grok-4.6", "language", 500_000)
    assert (latest.input_modalities, latest.prices.input) == (("text", "image"), Decimal(2))
    assert catalogue["grok-3-mini"].reasoning_efforts == ("low", "high")
    assert "grok-latest" in catalogue
    assert "nope" not in catalogue
    assert len(catalogue) == len(list(catalogue)) == len(await client.models.list().collect())
    assert catalogue["grok-embedding-small"].prices.input == Decimal("0.01")  # the family counts otherwise
    assert "grok-4.6" in repr(catalogue)
    with pytest.raises(KeyError):
        catalogue["nope"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"modality": "image"}, ["grok-imagine-image"]),
        ({"modality": "video"}, ["grok-imagine-video"]),
        ({"modality": "embedding"}, ["grok-embedding-small"]),
        ({"modality": "smell"}, []),
        ({"min_context": 500_001}, ["grok-4.3"]),
        ({"modality": "text", "max_input_price": 0.3}, ["grok-code-fast-1", "grok-3-mini"]),
        ({"modality": "text", "input_modality": "image"}, ["grok-4.3", "grok-4.6", "grok-4.5"]),
        ({"min_context": 1, "max_input_price": Decimal("0.01")}, ["grok-embedding-small"]),
    ],
)
async def test_select_picks_by_ability_and_price(client: AsyncXAI, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(await client.models.select(**wanted)) == found


@pytest.mark.parametrize(
    "wanted",
    [
        {"min_context": 0},
        {"min_context": "big"},
        {"max_input_price": -1},
        {"max_input_price": True},
        {"max_input_price": Decimal("NaN")},
    ],
)
async def test_a_limit_out_of_range_is_refused(client: AsyncXAI, sim: SimulatedXAI, wanted: dict[str, Any]) -> None:
    with pytest.raises(RequestValidationError, match=next(iter(wanted))):
        await client.models.select(**wanted)
    assert sim.requests == []


def test_an_id_goes_before_an_alias_and_nothing_is_left_out() -> None:
    catalogue = catalogue_of(
        [model("a", aliases=["b", "x"]), model("b", aliases=["x"])], {"language": [language("b"), language("c")]}
    )
    assert (catalogue["b"].id, catalogue["x"].id) == ("b", "a")
    assert [(one.id, one.family) for one in catalogue] == [("a", None), ("b", "language"), ("c", "language")]
    assert names(catalogue.select()) == ["a", "b", "c"]
    assert names(Catalogue([]).select()) == []


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_models_that_do_not_fit_break_nothing(server: RawServer) -> None:
    odd = [{"id": "m", "context_length": "5", "long_context_threshold": {}}, {"id": None}, {"id": ["x"]}, {}]
    server.always = (reply(json.dumps({"data": odd, "models": odd}).encode()),)
    async with AsyncXAI(api_key="k", base_url=server.base_url) as client:
        catalogue = await client.models.catalogue()
    assert (repr(catalogue), catalogue["m"].context_length) == ("Catalogue(m)", None)
    assert catalogue["m"].long_context_threshold is None
    assert catalogue.select(min_context=1) == []
    assert names(catalogue.select()) == ["m"]


def test_what_the_list_of_all_models_leaves_out_is_taken_from_the_family() -> None:
    priced = language("m", aliases=["x"], long_context_threshold=128_000, prompt_text_token_price=30_000)
    [info] = catalogue_of([model("m", aliases=[], long_context_threshold=None)], {"language": [priced]})
    assert (info.aliases, info.long_context_threshold) == (("x",), 128_000)
    assert info.long_context_prices == Prices(input=Decimal(3))


async def test_a_list_that_fails_fails_the_whole(server: RawServer) -> None:
    server.always = (reply(b'{"code": "x", "error": "slow down"}', 429),)
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=0) as client:
        with pytest.raises(RateLimitError):
            await client.models.catalogue()


async def test_together_keeps_the_order_and_cancels_the_rest() -> None:
    second = anyio.Event()

    async def slow() -> int:
        await second.wait()
        return 1

    async def quick() -> int:
        second.set()
        return 2

    async def failing() -> int:
        raise RequestValidationError("no")

    assert await together([slow, quick]) == [1, 2]
    with pytest.raises(RequestValidationError):
        await together([anyio.sleep_forever, failing])
