"""What can go wrong, each as a class of its own: a parameter, a model, a rate limit.

Run it with `python examples/errors.py`.
"""

import anyio
from _client import open_simulator

from xai_httpx import APIError, AsyncXAI, NotFoundError, RateLimitError, RequestValidationError


async def refused_parameter(client: AsyncXAI) -> None:
    """A parameter out of its range is refused before anything is sent."""
    try:
        await client.chat.completions.create(
            model="grok-4.6", messages=[{"role": "user", "content": "Hello"}], temperature=7
        )
    except RequestValidationError as error:
        print(f"RequestValidationError: {error} [parameter {error.parameter}]")


async def unknown_model(client: AsyncXAI) -> None:
    """The server's errors have a class for each status, with what the server said."""
    try:
        await client.chat.completions.create(model="grok-of-tomorrow", messages=[{"role": "user", "content": "Hello"}])
    except NotFoundError as error:
        print(f"NotFoundError: {error.message} [status {error.status_code}]")
    except APIError as error:
        print(f"{type(error).__name__}: {error}")


async def rate_limit(client: AsyncXAI) -> None:
    """Without retries a rate limit arrives at once, with the wait that the server asks for."""
    try:
        await client.chat.completions.create(
            model="grok-4.6", messages=[{"role": "user", "content": "Hello"}], options={"retries": 0}
        )
    except RateLimitError as error:
        print(f"RateLimitError: {error.message} [retry after {error.retry_after:g} s, {error.attempts} attempt]")


async def main() -> None:
    """Provoke the errors one by one."""
    async with open_simulator() as sim, sim.client() if sim else AsyncXAI() as client:
        await refused_parameter(client)
        await unknown_model(client)
        if sim:  # a real rate limit cannot be had on demand
            sim.fail(429, retry_after=30)
            await rate_limit(client)


if __name__ == "__main__":
    anyio.run(main)
