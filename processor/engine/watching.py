"""What an engine does beside its runs: tell their logs as they come, end those that are to end."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from processor.errors import ProcessorFault
from processor.job import Jobs
from processor.masking import Masker
from processor.notice import Notices
from processor.outcome import told
from processor.run import RunId, Runs

from .following import Following

log = structlog.get_logger()

EVERY: Final = timedelta(milliseconds=200)


async def watch(
    followed: Callable[[], Iterable[Following]],
    runs: Runs,
    jobs: Jobs,
    notices: Notices,
    cancel: Callable[[RunId], object],
) -> None:
    """Look after the runs that are under way, for as long as it is not cancelled."""
    while True:
        await asyncio.sleep(EVERY.total_seconds())
        try:
            under_way = [each for each in followed() if each.claim is not None]
            for following in under_way:
                await _tell(following, runs, notices)
            if under_way:
                for run_id in await jobs.to_cancel():
                    cancel(run_id)
        except ProcessorFault as fault:
            log.warning("runs_not_watched", reason=str(fault))


async def _tell(following: Following, runs: Runs, notices: Notices) -> None:
    assert following.claim is not None, "it is under way"
    await runs.register(following.claim)
    entries, following.untold = following.untold, []
    if entries:
        masked = Masker(following.secrets).masked([told(entry) for entry in entries])
        await notices.log(following.claim, msgspec.json.encode(masked))
