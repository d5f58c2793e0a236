"""
A script: many runs, one in twenty of them hostile, and what has grown meanwhile.

`make soak` has it do a hundred thousand; a test does some hundreds.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from processor.runtime.contract import Returned
from processor.runtime.forked.slots import MOST_FREE
from tests.attacks.cases import Attack, aimed, read_attacks
from tests.processes import children_of, zygote_of
from tests.runtime.forked.host import Host, opened

HOSTILE_SHARE: Final = 0.05
AT_A_TIME: Final = 4
PATIENCE_SECONDS: Final = 10.0
WARMING: Final = 200
"""Runs after which the first look is taken: caches are full, and memory is what it will be."""
SLOW: Final = frozenset({"wall_limit", "cpu_limit"})
NOWHERE: Final = {"FILE": "/none", "FOLDER": "/none", "PORT": 9, "ABSTRACT": "none", "PROCESS": 1}
BENIGN: Final = """
import json
import pandas as pd
frame = pd.DataFrame({"a": range(100)})
print(frame["a"].sum())
return frame.assign(b=frame["a"] * 2).to_dict("records")
"""
MOST_GROWN: Final = {
    "bytes": 24 << 20,
    "zygote_bytes": 8 << 20,
    "groups": MOST_FREE,
    "group_bytes": 64 << 20,
}
"""Of what may grow at all: an allocator keeps what it once had."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a service and its zygote hold while nothing runs."""

    bytes: int
    descriptors: int
    threads: int
    zygote: int
    """Its process: another one is a zygote that died."""
    zygote_bytes: int
    zygote_descriptors: int
    children: int
    mounts: int
    users: int
    """Which the zygote's children still have."""
    counted: int
    """Processes in control groups."""
    groups: int
    """Slots, which are made for as many children as there were at a time."""
    group_bytes: int
    """What all of them are charged with though nobody is inside: files, and the kernel's own."""


def grown(before: Held, after: Held) -> Iterator[str]:
    """Give each thing that has changed by more than it may."""
    first, last = asdict(before), asdict(after)
    for name, value in first.items():
        most = MOST_GROWN.get(name)
        if last[name] - value > most if most is not None else last[name] != value:
            yield f"{name} was {value} and is {last[name]}"


def held(host: Host) -> Held:
    zygote = zygote_of(host.zygote._process.pid)
    slots = host.runtime._zygotes._slots._made
    return Held(
        bytes=_resident("self"),
        descriptors=_count("/proc/self/fd"),
        threads=_count("/proc/self/task"),
        zygote=zygote,
        zygote_bytes=_resident(zygote),
        zygote_descriptors=_count(f"/proc/{zygote}/fd"),
        children=len(children_of(zygote)),
        mounts=len(Path("/proc/self/mounts").read_text().splitlines()),
        users=len(host.zygote._taken),
        counted=sum(len(slot.inside()) for slot in slots),
        groups=len(slots),
        group_bytes=sum(slot.used() for slot in slots),
    )


def _resident(process: int | str) -> int:
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def _count(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


def hostile() -> tuple[Attack, ...]:
    """Give the attacks that end soon by themselves and need no network."""
    return tuple(
        each
        for each in read_attacks()
        if each.network == "none" and not SLOW & frozenset().union(*each.expect.values())
    )


@dataclass(kw_only=True)
class Soak:
    """Many runs on one runtime."""

    host: Host
    numbers: random.Random
    wrong: list[str]
    """Runs in good faith that did not end in rows."""

    async def go(self, runs: int) -> None:
        left = iter(range(runs))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_A_TIME):
                tasks.create_task(self._work(left))

    async def _work(self, left: Iterator[int]) -> None:
        attacks = hostile()
        for _ in left:
            if self.numbers.random() < HOSTILE_SHARE:
                statement = aimed(self.numbers.choice(attacks).statement, NOWHERE)
                await self.host.run(statement, wall=timedelta(seconds=5))
                continue
            report = (await self.host.run(BENIGN)).report
            if not isinstance(report, Returned):
                self.wrong.append(str(report))


async def soaked(
    host: Host, runs: int, seed: int, *, parts: int = 1, tell: Callable[[str], object] = len
) -> list[str]:
    """Give what is wrong after so many runs; what is held is told after each part of them."""
    soak = Soak(host=host, numbers=random.Random(seed), wrong=[])
    await soak.go(WARMING)
    before = after = await held_at_rest(host)
    tell(f"seed {seed}: {before}\n")
    for part in range(1, parts + 1):
        started = time.monotonic()
        await soak.go(runs // parts)
        rate = runs // parts / (time.monotonic() - started)
        after = await held_at_rest(host)
        tell(f"{part * runs // parts} runs, {rate:.0f} a second: {after}\n")
    return [*soak.wrong, *grown(before, after)]


async def held_at_rest(host: Host) -> Held:
    """Give what is held once the last children are gone, which are killed and not waited for."""
    until = time.monotonic() + PATIENCE_SECONDS
    while ((now := held(host)).children or now.counted) and time.monotonic() < until:
        await asyncio.sleep(0.01)
    return now


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    given = parser.parse_args()
    async with opened() as host:
        wrong = await soaked(host, given.runs, given.seed, parts=20, tell=sys.stderr.write)
    sys.stdout.write("\n".join(wrong or ["nothing has grown"]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    raise SystemExit(asyncio.run(main()))
