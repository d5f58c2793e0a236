"""Turns at a step within one process, in the order of asking."""

import asyncio
from collections.abc import Callable

from processor.step import StepId


class Turns:
    """One turn at a time for each step; who asked first has it first."""

    def __init__(self) -> None:
        self._locks: dict[StepId, asyncio.Lock] = {}
        self._interested: dict[StepId, int] = {}

    async def take(self, step_id: StepId | None) -> Callable[[], None]:
        """Wait for a turn at the step, and give what ends it; without a step there is no wait."""
        if step_id is None:
            return lambda: None
        lock = self._locks.setdefault(step_id, asyncio.Lock())
        self._interested[step_id] = self._interested.get(step_id, 0) + 1
        try:
            await lock.acquire()
        except asyncio.CancelledError:
            self._leave(step_id)
            raise

        def end() -> None:
            lock.release()
            self._leave(step_id)

        return end

    def _leave(self, step_id: StepId) -> None:
        """Forget the step with its last interested, so that old steps do not pile up."""
        self._interested[step_id] -= 1
        if not self._interested[step_id]:
            del self._interested[step_id], self._locks[step_id]
