"""So much work at a time, so much waiting for it, and the rest is refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from processor.errors import Busy


class Gate:
    """Lets a few through at a time; `most_waiting` more may stand before it."""

    def __init__(self, what: str, *, slots: int, most_waiting: int) -> None:
        self._what = what
        self._slots = asyncio.Semaphore(slots)
        self._most_waiting = most_waiting
        self._waiting = 0

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Hold a slot for the block; raises Busy where too many wait already."""
        if self._waiting > self._most_waiting:
            message = f"{self._waiting} {self._what} are waiting, no more are taken"
            raise Busy(message, retry_after=1)
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()
