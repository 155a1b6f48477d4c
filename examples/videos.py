"""Make a video from words and a picture, save it, then extend it; the job's id is kept before anything else.

Run it with `python examples/videos.py [FOLDER]`; without a folder, nothing is kept.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from _client import open_client

from xai_httpx import AsyncXAI, JobError, JobFailedError, JobState

MODEL = "grok-imagine-video"


def show(state: JobState) -> None:
    """Tell how far a job has got."""
    print(f"Waiting:   {state.status}, {state.progress or 0:g} %")


async def make(client: AsyncXAI, folder: Path) -> Path:
    """Make a video that begins with a picture."""
    still = await client.images.generate(prompt="A fox in the snow", aspect_ratio="16:9")
    picture = await client.images.save(still.data[0], folder / "fox.png")
    video = await client.videos.generate(
        model=MODEL,
        prompt="The fox begins to run",
        image=picture,
        duration=4,
        interval=1,
        # The job is billed whatever becomes of this program: with the id, its video can be had later all the same.
        on_start=(folder / "job.txt").write_text,
        on_progress=show,
    )
    if video.moderated:
        raise SystemExit("The video was withheld by moderation.")
    print("Made:     ", video.video and video.video.duration, "s for", video.usage and video.usage.cost_usd, "USD")
    return await client.videos.save(video, folder / "fox.mp4")


async def main() -> None:
    """Make a video and continue it."""
    with TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        async with open_client() as client:
            try:
                fox = await make(client, folder)
                started = await client.videos.extend(model=MODEL, prompt="It vanishes in a wood", video=fox, duration=2)
                longer = await client.videos.wait(started.request_id, interval=1, timeout=900)
                print("Extended: ", (await client.videos.save(longer, folder / "longer.mp4")).name)
            except JobFailedError as error:
                print(f"Failed: {error.code}: {error}")
            except JobError as error:
                print(f"{error}; `client.videos.wait({error.id!r})` goes on waiting for it")


if __name__ == "__main__":
    anyio.run(main)
