"""What is done beside the runs: deadlines, what is due, what is old."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from processor.errors import ProcessorFault

log = structlog.get_logger()

BREATH: Final = timedelta(milliseconds=50)
"""Between two lots of the same work, so that it holds up nobody."""


def _nobody() -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Work that comes up again and again; every process does it, and doing it twice is harmless."""

    name: str
    every: timedelta
    work: Callable[[], Awaitable[int]]
    """Does a part of the work, and tells how much that was; 0 where there is none left."""
    told: Callable[[], object] = _nobody
    """Is told that something was done."""


async def keep_house(duties: Sequence[Duty]) -> None:
    """Do the duties, for as long as it is not cancelled."""
    async with asyncio.TaskGroup() as tasks:
        for duty in duties:
            tasks.create_task(_keep(duty))


async def _keep(duty: Duty) -> None:
    while True:
        try:
            while done := await duty.work():
                log.info(duty.name, count=done)
                duty.told()
                await asyncio.sleep(BREATH.total_seconds())
        except ProcessorFault as fault:
            log.warning("duty_not_done", name=duty.name, reason=str(fault))
        await asyncio.sleep(duty.every.total_seconds())
