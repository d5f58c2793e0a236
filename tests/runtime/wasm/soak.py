"""
A script: many nodes in one keeper, some hostile, and what has grown meanwhile.

`make soak` has it do two thousand; a test does some hundreds.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from processor.runtime.wasm import keepers

from .host import Host, opened

MOST_GROWN: Final = 1.1
BODIES: Final = (
    "return 'é'.upper()",
    "x = [0] * 10 ** 5\nreturn len(x)",
    "return 1 / 0",
    "import json\nreturn json.loads('[' * 10 ** 5)",
    "return bytearray(10 ** 9)",
)


async def resident(host: Host, *, warming: int, runs: int) -> tuple[int, int]:
    """Give what the one keeper of a host holds after some runs, and after some more, in KB."""
    for _ in range(warming):
        await host.body(BODIES[0])
    (keeper,) = host.idle
    warm = resident_kb(keeper._process.pid)
    for number in range(runs):
        await host.body(BODIES[number % len(BODIES)])
    assert host.idle == [keeper], "it is the same process"
    return warm, resident_kb(keeper._process.pid)


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


async def main() -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keepers, "MOST_JOBS", 10_000)
        async with opened() as host:
            warm, after = await resident(host, warming=200, runs=2000)
    sys.stdout.write(f"a keeper held {warm:,} KB after 200 runs, {after:,} KB after 2,200\n")
    return int(after >= warm * MOST_GROWN)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
