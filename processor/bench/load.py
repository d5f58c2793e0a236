"""Many callers at once: as fast as they are answered, or at a rate that does not wait for them."""

import asyncio
import random
import time
from typing import Final

import aiohttp

from .measure import Spread, spread

CALLERS: Final = 16


def per_second(port: int, body: bytes, seconds: float, callers: int = CALLERS) -> float:
    """Give how many runs a second some callers get who each wait for their answer."""
    return asyncio.run(_closed(port, body, seconds, callers))


def at_rate(port: int, body: bytes, rate: float, seconds: float) -> Spread:
    """Give the latency of runs that arrive at random, `rate` a second, whoever still waits."""
    return spread(asyncio.run(_open(port, body, rate, seconds)))


async def _closed(port: int, body: bytes, seconds: float, callers: int) -> float:
    async with _session() as session:
        started = time.perf_counter()
        until = started + seconds

        async def call() -> int:
            count = 0
            while time.perf_counter() < until:
                await _run(session, port, body)
                count += 1
            return count

        async with asyncio.TaskGroup() as tasks:
            counting = [tasks.create_task(call()) for _ in range(callers)]
        return sum(task.result() for task in counting) / (time.perf_counter() - started)


async def _open(port: int, body: bytes, rate: float, seconds: float) -> list[float]:
    chance = random.Random(1)  # noqa: S311 (the same arrivals every time)
    async with _session() as session, asyncio.TaskGroup() as tasks:
        until = time.perf_counter() + seconds
        running = []
        while time.perf_counter() < until:
            running.append(tasks.create_task(_run(session, port, body)))
            await asyncio.sleep(chance.expovariate(rate))
    return [task.result() for task in running]


async def _run(session: aiohttp.ClientSession, port: int, body: bytes) -> float:
    started = time.perf_counter()
    url = f"http://127.0.0.1:{port}/v1/runs"
    async with session.post(url, data=body) as answer:
        content = await answer.read()
    if b'"state":"succeeded"' not in content:
        raise RuntimeError(f"a run of the bench failed: {content[:2000]!r}")
    return (time.perf_counter() - started) * 1000


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0)
    return aiohttp.ClientSession(connector=connector, headers={"Content-Type": "application/json"})
