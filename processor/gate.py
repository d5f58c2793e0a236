"""So much work at a time, so much waiting for it, and the rest is refused."""

import asyncio
from collections import deque
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


class Slots:
    """
    So much work at a time; who waits for a slot takes turns with others, not with itself.

    A slot that becomes free goes to the one whose work has waited longest since its last turn, so
    that nobody waits behind all that somebody else has asked for.
    """

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}
        """Who waits, in the order of their turns, and each one's work in the order of asking."""

    async def acquire(self, whose: str) -> None:
        """Take a slot, once it is its turn; who is cancelled meanwhile takes none."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(whose, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()  # it was given just then
            raise

    def release(self) -> None:
        """Give a slot back, or on to the next who waits."""
        while self._lines:
            whose = next(iter(self._lines))
            line = self._lines.pop(whose)
            turn = line.popleft()
            if line:
                self._lines[whose] = line  # behind the others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
