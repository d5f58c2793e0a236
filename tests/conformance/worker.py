"""
A worker in a process of its own: the real engine, on a runtime whose statements add ten.

It is told a store, how long a lease and a run last, and perhaps to go without the fence. It says
`start STEP VALUE` when a run begins, and ends once its standard input does.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from processor.engine import InlineEngine, Worker
from processor.run import Run
from processor.runtime.contract import Assignment, Execution, Take
from processor.store.kept import Keeping, Transaction, endings, leases, moves
from processor.store.opening import Place, opened
from tests.build import a_profile
from tests.fakes import FakeRuntime, a_pipeline, returned

SLOTS = 2


@dataclass(kw_only=True)
class Adding(FakeRuntime):
    """Takes its time, and gives a row whose column is ten more than the checkpoint."""

    seconds: float

    async def execute(self, assignment: Assignment, take: Take) -> Execution:
        seen = int(assignment.inputs["DATA_CHECKPOINT"].replace(b"null", b"0"))
        say(f"start {assignment.statement} {seen}")
        await asyncio.sleep(self.seconds)
        self.report = returned([{"x": seen + 10}])
        return await super().execute(assignment, take)


async def work(place: Place, lease: timedelta, seconds: float) -> None:
    async with opened(place, Keeping(lease=lease)) as store:
        with tempfile.TemporaryDirectory() as folder:
            pipeline = a_pipeline(store, Adding(seconds=seconds), Path(folder), slots=SLOTS)
            engine = InlineEngine(
                pipeline,
                jobs=store.jobs,
                notices=store.notices,
                most_jobs=10,
                drain=timedelta(seconds=20),
            )
            profiles = {"processor": a_profile()}
            worker = Worker(store.jobs, engine, pipeline.environments, profiles, slots=SLOTS)
            async with engine, worker:
                say("ready")
                await asyncio.to_thread(sys.stdin.read)
                await engine.drain()


def keep_without_fence(transaction: Transaction, ending: leases.Ending) -> Run:
    """Keep what a run brings, as a store without a fence would, whoever has taken its place."""
    claim = ending.claim
    assert claim.ticket.step_id is not None
    if ending.move is not None:
        transaction.one(
            "move_checkpoint",
            step_id=claim.ticket.step_id,
            seen=moves.standing(transaction, claim.ticket.step_id).version,
            value=ending.move,
            run_id=None,
            source="manual",
        )
    transaction.change(
        "free_lease", step_id=claim.ticket.step_id, run_id=claim.run_id, fence=claim.fence
    )
    return endings.settle(transaction, ending.run, ending.figures, ending.output_schema)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    url, folder, lease_seconds, run_seconds, fenced = sys.argv[1:]
    if fenced == "naive":
        leases.keep = keep_without_fence
    asyncio.run(
        work(Place(url, Path(folder)), timedelta(seconds=float(lease_seconds)), float(run_seconds))
    )
