"""
Which keepers there are: as many as wanted at a time, each replaced after many jobs.

They are of as many runners as are in use; where one of another runner is wanted and there are
enough, the one that has waited longest goes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .process import Keeper

MOST_JOBS: Final = 1000
"""Of one keeper: what a job may leave behind in its process is not for ever."""


class Keepers:
    """Keepers of one runner, lent out for a job each; they end with the block."""

    def __init__(self, most: int) -> None:
        self._slots = asyncio.Semaphore(most)
        self._most = most
        self._lent = 0
        self._wanted = 0
        """How many runs have a keeper, or wait for one."""
        self._idle: list[tuple[Path, Keeper]] = []
        """In the order in which they came back."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    @property
    def warm(self) -> bool:
        """Whether one waits for a job."""
        return bool(self._idle)

    async def warm_up(self, compiled: Path) -> None:
        """Have one ready; raises ProcessorFault where none starts."""
        async with self.one(compiled):
            return

    @asynccontextmanager
    async def one(self, compiled: Path, *, counts_fuel: bool = False) -> AsyncIterator[Keeper]:
        """Lend a keeper, once one is free; it comes back usable, or is ended."""
        async with self._counted_as_wanted(), self._slots, self._counted_as_lent():
            keeper = self._taken(compiled)
            if keeper is None:
                self._make_room()
                keeper = await Keeper.started(compiled, counts_fuel=counts_fuel)
            try:
                yield keeper
            except BaseException:
                keeper.close()
                raise
            if not keeper.usable or keeper.jobs >= MOST_JOBS:
                keeper.close()
                return
            self._idle.append((compiled, keeper))
            if self._wanted <= self._most:  # under load there is no time that is nobody's
                keeper.prime()

    @asynccontextmanager
    async def _counted_as_wanted(self) -> AsyncIterator[None]:
        self._wanted += 1
        try:
            yield
        finally:
            self._wanted -= 1

    @asynccontextmanager
    async def _counted_as_lent(self) -> AsyncIterator[None]:
        self._lent += 1
        try:
            yield
        finally:
            self._lent -= 1

    def _taken(self, compiled: Path) -> Keeper | None:
        """Give the idle keeper of this runner that came back last; those that died are ended."""
        for place in reversed([*self._idle]):
            of, keeper = place
            if not keeper.is_alive():
                self._idle.remove(place)
                keeper.close()
            elif of == compiled:
                self._idle.remove(place)
                return keeper
        return None

    def _make_room(self) -> None:
        """End what has waited longest, where there would be too many with one more."""
        while self._idle and len(self._idle) + self._lent > self._most:
            self._idle.pop(0)[1].close()
