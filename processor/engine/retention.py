"""Runs are not kept for ever."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from processor.errors import ProcessorFault
from processor.job import Jobs

log = structlog.get_logger()

EVERY: Final = timedelta(minutes=10)
BREATH: Final = timedelta(milliseconds=50)
"""Between two lots of runs, so that forgetting holds up nobody."""


async def forget_old_runs(jobs: Jobs, *, days: float) -> None:
    """Forget runs that ended longer ago, now and then, for as long as it is not cancelled."""
    while True:
        try:
            while forgotten := await jobs.forget(days=days):
                log.info("runs_forgotten", runs=forgotten)
                await asyncio.sleep(BREATH.total_seconds())
        except ProcessorFault as fault:
            log.warning("runs_not_forgotten", reason=str(fault))
        await asyncio.sleep(EVERY.total_seconds())
