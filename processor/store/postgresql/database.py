"""Transactions on PostgreSQL, a few at a time, each in a lane of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from processor.store.kept import Transaction
from processor.store.threads import to_its_end

from .address import Address
from .lane import Lane

T = TypeVar("T")

CONNECTIONS: Final = 8
"""Of one process at most; each is opened when it is first needed."""


class Database:
    """
    Satisfies Database.

    Every commit is on the server's disk when it returns: a process outlives its database here, and
    would miss what the database has forgotten.
    """

    def __init__(self, free: "asyncio.LifoQueue[Lane]") -> None:
        self._free = free
        """Those that are free; the one that was used last comes first, and is connected."""

    async def write(
        self,
        work: Callable[[Transaction], T],
        *,
        durable: bool = True,
        repeatable: bool = False,
    ) -> T:
        """See Database; a caller who is cancelled is told so after the transaction has ended."""
        lane = await self._free.get()
        try:
            return await to_its_end(lane.write(work, repeatable=repeatable))
        finally:
            self._free.put_nowait(lane)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """See Database."""
        lane = await self._free.get()
        try:
            return await to_its_end(lane.read(work))
        finally:
            self._free.put_nowait(lane)


@asynccontextmanager
async def opened(address: Address, connections: int = CONNECTIONS) -> AsyncIterator[Database]:
    """Open a database whose tables are there."""
    lanes = [Lane(address) for _ in range(connections)]
    free: asyncio.LifoQueue[Lane] = asyncio.LifoQueue()
    for lane in lanes:
        free.put_nowait(lane)
    try:
        yield Database(free)
    finally:
        for lane in lanes:
            await asyncio.to_thread(lane.close)
