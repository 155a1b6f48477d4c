"""What calls cost: a meter for a task and one for the client, and a budget that refuses the call after the last.

Run it with `python examples/cost.py`.
"""

import anyio
from _client import open_simulator

from xai_httpx import AsyncXAI, Budget, BudgetExceededError, Meter

QUESTIONS = ["What is a fjord?", "What is a skerry?", "What is a moraine?"]


async def ask(client: AsyncXAI, question: str) -> None:
    """Ask one question, streamed."""
    async with client.responses.stream(model="grok-4.6", input=question, max_output_tokens=50) as stream:
        await stream.final()


async def ask_all(client: AsyncXAI) -> None:
    """Ask all questions at once; the meter of a block counts the tasks that are started in it."""
    with Meter() as meter:
        async with anyio.create_task_group() as tasks:
            for question in QUESTIONS:
                tasks.start_soon(ask, client, question)
    for model, usage in meter.by_model.items():
        print(f"Asked:   {meter.calls} questions of {model}, {usage.total_tokens} tokens, {usage.cost_usd} USD")


async def draw(client: AsyncXAI) -> None:
    """Draw until the budget is spent; what was begun is never cut short."""
    with Budget(usd="0.03") as budget:
        try:
            for _ in range(5):
                await client.images.generate(model="grok-imagine-image", prompt="A fjord at dawn")
        except BudgetExceededError as error:
            print(f"Drawn:   {budget.calls} pictures, for {error.spent_usd} of {error.limit_usd} USD")


async def main() -> None:
    """Count all that one client does, beside what its parts do."""
    total = Meter()
    async with open_simulator() as sim, sim.client(meter=total) if sim else AsyncXAI(meter=total) as client:
        await ask_all(client)
        await draw(client)
    print(f"Total:   {total.calls} calls, {total.cost_usd} USD, {total.unpriced} of unknown cost")


if __name__ == "__main__":
    anyio.run(main)
