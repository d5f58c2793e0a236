"""What keeps a child to its limits from outside: the clock, and a look at what it uses."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Final, TypeVar

from processor.runtime.contract import Exceeded
from processor.step import Limits

from .child import Child

LOOK_SECONDS: Final = 0.02
"""Between two looks; a child that grows as fast as it can passes its limit by some 100 MB."""

T = TypeVar("T")


class Watch:
    """What a child uses from here on, held against what its run may use."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self._child = child
        self._limits = limits
        self._memory_bytes = child.memory_bytes()
        self._cpu = child.cpu()
        self._used = timedelta()
        self._loop = asyncio.get_running_loop()
        self._time = asyncio.timeout(limits.wall.total_seconds())
        self._passed: Exceeded | None = None

    def cpu(self) -> timedelta:
        """Give the processor time that it has used since; of one that is gone, what was seen."""
        self._used = max(self._used, self._child.cpu() - self._cpu)
        return self._used

    def peak_memory_bytes(self) -> int:
        """Give the most memory that it has had in use, beyond what it had."""
        return max(self._child.peak_memory_bytes() - self._memory_bytes, 0)

    async def over(self, report: Awaitable[T]) -> T | Exceeded:
        """Give the child's report, or the limit that it passed before it had one."""
        self._look_later()
        try:
            async with self._time:
                return await report
        except TimeoutError:
            return self._passed or Exceeded(limit="wall_seconds")
        finally:
            self._next_look.cancel()

    def _look_later(self) -> None:
        self._next_look = self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Look at what it uses; a timer, not a task, since most runs end before the first look."""
        self._passed = self._exceeded()
        if self._passed is None:
            self._look_later()
        elif not self._time.expired():
            self._time.reschedule(self._loop.time())

    def _exceeded(self) -> Exceeded | None:
        if self._child.memory_bytes() - self._memory_bytes > self._limits.memory_bytes:
            return Exceeded(limit="memory_bytes")
        if self.cpu() > self._limits.cpu:
            return Exceeded(limit="cpu_seconds")
        return None
