"""Run in a process of its own: half a gigabyte up and down, and by how much the memory grew meanwhile.

python -m tests.pains.transfers LOOP BASE_URL SOURCE TARGET
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import BinaryIO

import anyio

from xai_httpx import AsyncXAI


def memory(name: str) -> int:
    """Bytes of memory in use (`VmRSS`), or of the most that was (`VmHWM`).

    Not by `getrusage`, whose peak a process inherits from the one that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


async def main(base_url: str, source: Path, file: BinaryIO, target: Path) -> None:
    """Print what arrived, and the growth."""
    async with AsyncXAI(api_key="k", base_url=base_url) as client:
        await client.request("POST", "/up", content=bytes(1024 * 1024))  # what is loaded once is no growth
        await client.download(f"/down/{1024 * 1024}", target)
        before = memory("VmRSS")
        sent = (await client.request("POST", "/up", content=source)).json()["received"]
        up = memory("VmHWM") - before
        again = (await client.request("POST", "/up", content=file)).json()["received"]
        received = await client.download(f"/down/{sent}", target)
        growth = memory("VmHWM") - before
    print(json.dumps({"sent": [sent, again], "received": received.size, "up": up, "growth": growth}))


if __name__ == "__main__":
    with Path(sys.argv[3]).open("rb") as opened:
        anyio.run(main, sys.argv[2], Path(sys.argv[3]), opened, Path(sys.argv[4]), backend=sys.argv[1])
