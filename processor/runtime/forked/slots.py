"""
Slots for children: made when wanted, used again, gone with the block.

Where no control group can be made there are none, and children are bounded by their limits and the
watch alone; every run's isolation tells which.
"""

import asyncio
import time
from types import TracebackType
from typing import Final, Self

import structlog

from .group import Group
from .slot import Slot

log = structlog.get_logger()

LONGEST_END_SECONDS: Final = 10.0
"""From the end of a child's zygote, or of all, to the child's own."""
MOST_FREE: Final = 16
"""Slots that are kept for children to come; they cost little to make, and something to keep."""
_PAUSE_SECONDS: Final = 0.02


class Slots:
    """The slots of one process."""

    def __init__(self) -> None:
        self._group: Group | None = None
        self._free: list[Slot] = []
        self._made: list[Slot] = []

    async def __aenter__(self) -> Self:
        try:
            self._group = await asyncio.to_thread(Group)
        except OSError as error:
            log.info("no_control_groups", reason=str(error))
        else:
            log.info("control_groups", version=self._group.version.name)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        until = time.monotonic() + LONGEST_END_SECONDS
        while not self._closed():
            if time.monotonic() > until:
                log.warning("control_groups_left", reason="a child does not end")
                return
            await asyncio.sleep(_PAUSE_SECONDS)

    def take(self, threads: int) -> Slot | None:
        """Give a slot for a child of so many threads, or None where there is none to be had."""
        if self._group is None:
            return None
        try:
            slot = self._free.pop() if self._free else self._another(self._group)
            slot.bound_threads(threads)
        except OSError as error:
            log.warning("no_control_group", reason=str(error))
            return None
        return slot

    def give_back(self, slot: Slot) -> None:
        """Have a slot serve again, once whoever is in it has ended."""
        self._give_back(slot, time.monotonic() + LONGEST_END_SECONDS)

    def _give_back(self, slot: Slot, until: float) -> None:
        if slot not in self._made:  # it went with all others
            return
        try:
            if not slot.inside():
                self._keep(slot)
            elif time.monotonic() < until:
                loop = asyncio.get_running_loop()
                loop.call_later(_PAUSE_SECONDS, self._give_back, slot, until)
        except OSError as error:
            log.warning("no_control_group", reason=str(error))

    def _keep(self, slot: Slot) -> None:
        if len(self._free) < MOST_FREE:
            slot.reset()
            self._free.append(slot)
        else:
            slot.close()
            self._made.remove(slot)

    def _another(self, group: Group) -> Slot:
        slot = group.slot()
        self._made.append(slot)
        return slot

    def _closed(self) -> bool:
        """Whether everything could be removed; what could not is tried again."""
        try:
            while self._made:
                self._made[-1].close()
                self._made.pop()
            if self._group is not None:
                self._group.close()
        except OSError:
            return False
        self._group = None
        return True
