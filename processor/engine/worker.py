"""A worker: takes jobs whose time has come, and runs them, a few at a time."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Final, Self

import structlog

from processor.environment import Environments, EnvironmentSource
from processor.errors import Busy, Draining, EnvironmentNotReady, ProcessorFault, Refusal
from processor.identity import Tenant
from processor.job import Jobs
from processor.run import RunId
from processor.step import Profile, Requirements, decode_order

from .inline import InlineEngine

log = structlog.get_logger()

POLL: Final = timedelta(milliseconds=250)
"""How long a job of another process may go unnoticed."""
FOREVER: Final = timedelta(days=365)
PATIENCE: Final = timedelta(hours=1)
"""How long a job waits for an environment that is not there, as one worker sees it."""


class Worker:
    """
    Performs jobs until the block ends; what is under way then, the engine ends.

    `perform` may be called any number of times for the same run, by any number of processes: the
    claim of the run, in a transaction of its own, lets one of them through.
    """

    def __init__(
        self,
        jobs: Jobs,
        engine: InlineEngine,
        environments: Environments,
        profiles: Mapping[str, Profile],
        *,
        slots: int,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._jobs = jobs
        self._engine = engine
        self._environments = environments
        self._profiles = profiles
        self._slots = slots
        self._patience = patience
        self._unready: dict[RunId, float] = {}
        """Since when a run's environment was not there, by the clock of this process."""
        self._last_turn: Tenant | None = None
        """Whose job was begun last: the others come first."""
        self._performing: dict[RunId, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._looking = self._tasks.create_task(self._look())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._looking is not None, "it was entered"
        self._looking.cancel()
        for performing in self._performing.values():
            performing.cancel()
        await self._tasks.__aexit__(None, None, None)

    def wake(self) -> None:
        """Let it look for work at once."""
        self._news.set()

    async def perform(self, run_id: RunId) -> None:
        """Run a job's next attempt, if nobody else does and it still waits for one."""
        job = await self._jobs.get(run_id)
        if job is None:
            return
        source: EnvironmentSource | None = None
        try:
            order = decode_order(job.document, self._profiles)
            source = order.step.environment
            await self._environments.of(job.ticket.tenant).prepare(source, timedelta())
            self._unready.pop(run_id, None)
            await self._engine.run(order, job.ticket, FOREVER)
        except (Busy, Draining):
            return  # it goes on waiting
        except Refusal as refusal:
            log.warning("job_refused", run=run_id, tenant=job.ticket.tenant, code=refusal.code)
            await self._put_off_or_refuse(run_id, refusal, source)

    async def _put_off_or_refuse(
        self, run_id: RunId, refusal: Refusal, source: EnvironmentSource | None
    ) -> None:
        """Let a job wait for what may change by itself, but not without end."""
        hopeless = not refusal.retryable or _is_unbuildable(source, refusal)
        if not hopeless and not self._has_waited_long(run_id, refusal):
            await self._jobs.put_off(run_id, refusal.retry_after or 1)
        else:
            self._unready.pop(run_id, None)
            await self._jobs.refuse(run_id, refusal)

    def _has_waited_long(self, run_id: RunId, refusal: Refusal) -> bool:
        if not isinstance(refusal, EnvironmentNotReady):
            return False
        now, most = time.monotonic(), self._patience.total_seconds()
        # Those that another worker has performed meanwhile are not seen again here.
        kept = most + PATIENCE.total_seconds()
        self._unready = {run: at for run, at in self._unready.items() if now - at <= kept}
        return now - self._unready.setdefault(run_id, now) > most

    async def _look(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._take()
            except ProcessorFault as fault:
                log.warning("no_work_found", reason=str(fault))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL.total_seconds()):
                    await self._news.wait()

    async def _take(self) -> None:
        free = self._slots - len(self._performing)
        if free <= 0 or self._engine.draining:
            return
        # Those that begin just now are among the first that are ready: look past them.
        ready = await self._jobs.ready(free + len(self._performing), after=self._last_turn)
        for run_id, tenant in ready.items():
            if run_id not in self._performing and len(self._performing) < self._slots:
                task = self._tasks.create_task(self._perform_safely(run_id))
                self._performing[run_id] = task
                self._last_turn = tenant
                task.add_done_callback(partial(self._ended, run_id))

    def _ended(self, run_id: RunId, _task: asyncio.Task[None]) -> None:
        del self._performing[run_id]
        self._news.set()

    async def _perform_safely(self, run_id: RunId) -> None:
        try:
            await self.perform(run_id)
        except Exception:
            log.exception("job_failed", run=run_id)


def _is_unbuildable(source: EnvironmentSource | None, refusal: Refusal) -> bool:
    """Tell whether requirements were tried and failed, so that waiting for them helps nobody."""
    failed = isinstance(refusal, EnvironmentNotReady) and refusal.retry_after is None
    return failed and isinstance(source, Requirements)
