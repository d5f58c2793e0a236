"""Turns at a step within one process, in the order of asking."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from processor.identity import Tenant
from processor.step import StepId

_Which: TypeAlias = tuple[Tenant, StepId]


class Turns:
    """One turn at a time for each step; who asked first has it first."""

    def __init__(self) -> None:
        self._locks: dict[_Which, asyncio.Lock] = {}
        self._interested: dict[_Which, int] = {}

    async def take(self, tenant: Tenant, step_id: StepId | None) -> Callable[[], None]:
        """Wait for a turn at the step, and give what ends it; without a step there is no wait."""
        if step_id is None:
            return lambda: None
        which = (tenant, step_id)
        lock = self._locks.setdefault(which, asyncio.Lock())
        self._interested[which] = self._interested.get(which, 0) + 1
        try:
            await lock.acquire()
        except asyncio.CancelledError:
            self._leave(which)
            raise

        def end() -> None:
            lock.release()
            self._leave(which)

        return end

    def _leave(self, which: _Which) -> None:
        """Forget the step with its last interested, so that old steps do not pile up."""
        self._interested[which] -= 1
        if not self._interested[which]:
            del self._interested[which], self._locks[which]
