"""Later, somewhere: runs that are kept as jobs until a worker performs them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from processor.assignment import find_shapes
from processor.job import Job, Jobs
from processor.pipeline import Pipeline
from processor.run import Run, RunId
from processor.step import Order, Requirements


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """Takes jobs in, and takes them back."""

    jobs: Jobs
    pipeline: Pipeline
    wake: Callable[[], None]
    """Lets a worker of this process look for work at once."""
    end: Callable[[RunId], None]
    """Ends a run at once if it is under way in this process."""

    async def submit(self, order: Order, job: Job) -> Run:
        """
        Keep a job, durably, and give its run as it stands; raises a Refusal.

        What the step names must be there; an environment of its own requirements is built by
        whoever performs it.
        """
        source, tenant = order.step.environment, job.ticket.tenant
        if not isinstance(source, Requirements):
            await self.pipeline.environments.of(tenant).prepare(source, timedelta())
        await find_shapes(order.step, self.pipeline.schemas.of(tenant))
        run = await self.jobs.submit(job)
        self.wake()
        return run

    async def redrive(self, run_id: RunId) -> Run:
        """Make a dead letter a job again, of another run, and give that; raises a Refusal."""
        run = await self.jobs.redrive(run_id)
        self.wake()
        return run

    async def cancel(self, run_id: RunId) -> Run | None:
        """End a run, wherever it is; give it as it stands, None where there is none."""
        run = await self.jobs.cancel(run_id)
        if run is not None:
            self.end(run_id)
        return run
