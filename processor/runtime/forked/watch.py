"""What keeps a child to its limits from outside: the clock, and a look at what it uses."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from processor.runtime.contract import Exceeded
from processor.step import Limits

from .child import Child

LOOK_SECONDS: Final = 0.02
"""Between two looks; a child that grows as fast as it can passes its limit by some 100 MB."""

T = TypeVar("T")


async def watched(child: Child, limits: Limits, report: Coroutine[Any, Any, T]) -> T | Exceeded:
    """Give the child's report, or the limit that it passed before it had one."""
    try:
        async with asyncio.timeout(limits.wall.total_seconds()), asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(_exceeded(child, limits))
            reporting = tasks.create_task(report)
            ends = (looking, reporting)
            done, pending = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            return (reporting if reporting in done else looking).result()
    except TimeoutError:
        return Exceeded(limit="wall_seconds")


async def _exceeded(child: Child, limits: Limits) -> Exceeded:
    most = child.memory_bytes() + limits.memory_bytes
    used = child.cpu()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if child.memory_bytes() > most:
            return Exceeded(limit="memory_bytes")
        if child.cpu() - used > limits.cpu:
            return Exceeded(limit="cpu_seconds")
