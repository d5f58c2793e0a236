"""Which keepers there are: as many as wanted at a time, each replaced after many jobs."""

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
        self._idle: list[tuple[Path, Keeper]] = []

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
        async with self._slots:
            keeper = self._taken(compiled)
            if keeper is None:
                keeper = await Keeper.started(compiled, counts_fuel=counts_fuel)
            try:
                yield keeper
            except BaseException:
                keeper.close()
                raise
            if keeper.usable and keeper.jobs < MOST_JOBS:
                self._idle.append((compiled, keeper))
            else:
                keeper.close()

    def _taken(self, compiled: Path) -> Keeper | None:
        """Give an idle keeper of this runner; one that died meanwhile, or of another, is ended."""
        while self._idle:
            of, keeper = self._idle.pop()
            if of == compiled and keeper.is_alive():
                return keeper
            keeper.close()
        return None
