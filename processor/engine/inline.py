"""Here, a few at a time: every run in this process, with a bounded queue before it."""

import asyncio
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Final, Self

from processor.errors import Busy, Draining
from processor.job import Jobs
from processor.notice import Notices
from processor.pipeline import Pipeline
from processor.run import Run, RunId, Ticket
from processor.step import Order

from .following import Following
from .watching import watch

CLAIM: Final = timedelta(seconds=1)
"""How long a run may take to get its id, also where its caller does not wait for its end."""


class InlineEngine:
    """
    Runs orders at once; what it has begun goes on when its caller stops waiting.

    It ends with the block: runs may end by themselves while it drains, the rest are killed.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        jobs: Jobs,
        notices: Notices,
        most_jobs: int,
        drain: timedelta,
    ) -> None:
        self._pipeline = pipeline
        self._watch = partial(watch, self._followed, pipeline.runs, jobs, notices, self.cancel)
        self._most_jobs = most_jobs
        self._drain = drain
        self._draining = False
        self._jobs: dict[asyncio.Task[None], Following] = {}
        self._watching: asyncio.Task[None] | None = None
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._watching = self._tasks.create_task(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.drain()
        assert self._watching is not None, "it was entered"
        self._watching.cancel()
        # Told of no error: it would raise the block's own in a group, which nobody catches.
        await self._tasks.__aexit__(None, None, None)

    async def drain(self) -> None:
        """Take no more runs, wait a while for those that are under way, and end the rest."""
        self._draining = True
        if self._jobs:
            _, left = await asyncio.wait(self._jobs, timeout=self._drain.total_seconds())
            for job in left:
                job.cancel()
            if left:
                await asyncio.wait(left)

    def _followed(self) -> list[Following]:
        return [*self._jobs.values()]

    @property
    def under_way(self) -> int:
        """How many runs it has begun, also those that wait."""
        return len(self._jobs)

    @property
    def draining(self) -> bool:
        """Whether it takes no more runs."""
        return self._draining

    async def run(self, order: Order, ticket: Ticket, patience: timedelta) -> Run | RunId | None:
        """
        Run an order, and give its answer, or its id where it takes longer than `patience`.

        None where the step's earlier runs took all of the patience; then nothing happened. Rows
        that are kept in chunks are not in the answer: `runs.whole` puts them there.
        Raises Busy where too many runs wait already.
        """
        if self._draining:
            raise Draining("the service is stopping and takes no more runs", retry_after=5)
        if len(self._jobs) >= self._most_jobs:
            message = f"{len(self._jobs)} runs are under way or waiting, no more are taken"
            raise Busy(message, retry_after=1)
        following = Following(order.inputs.secrets)
        finished: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        finished.add_done_callback(_retrieved)
        job = self._tasks.create_task(self._perform(order, ticket, following, finished))
        self._jobs[job] = following
        job.add_done_callback(self._jobs.pop)
        await asyncio.wait((finished,), timeout=patience.total_seconds())
        if not (finished.done() or following.run_id.done()):
            await asyncio.wait(
                (finished, following.run_id),
                timeout=CLAIM.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        if finished.done():
            return finished.result()
        if following.claim is not None:
            await self._pipeline.runs.register(following.claim)
            return following.claim.run_id
        job.cancel()
        return await self._joined(ticket)

    def cancel(self, run_id: RunId) -> None:
        """End a run if it is under way here."""
        for job, following in self._jobs.items():
            if following.claim is not None and following.claim.run_id == run_id:
                following.cancel()
                job.cancel()

    async def _joined(self, ticket: Ticket) -> RunId | None:
        """Give the id of the run that a repeated request would have waited for."""
        known = await self._pipeline.runs.under_key(ticket)
        return None if known is None else RunId(known.id)

    async def _perform(
        self,
        order: Order,
        ticket: Ticket,
        following: Following,
        finished: "asyncio.Future[Run]",
    ) -> None:
        try:
            run = await self._pipeline.run(order, ticket, following)
            finished.set_result(run)
        except asyncio.CancelledError:
            message = "the service is stopping, and the run has not begun"
            finished.set_exception(Draining(message, retry_after=5))
            raise
        except Exception as error:  # noqa: BLE001 (told to who waits; the group's other runs go on)
            finished.set_exception(error)


def _retrieved(finished: "asyncio.Future[Run]") -> None:
    """Take an error that perhaps nobody waits for; the pipeline has kept it with the run."""
    if not finished.cancelled():
        finished.exception()
