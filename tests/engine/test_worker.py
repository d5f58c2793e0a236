"""A worker: what it takes, what it leaves, what becomes of jobs that cannot run."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.engine import InlineEngine, Worker
from processor.job import Job
from processor.run import Run, RunId
from processor.store import sqlite
from tests.build import COLUMN_X, a_profile, a_ticket, until
from tests.fakes import FakeRuntime, a_pipeline

PROFILES = {"processor": a_profile()}


@dataclass(kw_only=True)
class House:
    store: sqlite.SqliteStore
    folder: Path
    runtime: FakeRuntime = field(default_factory=FakeRuntime)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def working(self, slots: int = 2) -> AsyncIterator[Worker]:
        self.runtime.meanwhile = self.gate.wait
        pipeline = a_pipeline(self.store, self.runtime, self.folder, slots=slots)
        engine = InlineEngine(
            pipeline,
            jobs=self.store.jobs,
            notices=self.store.notices,
            most_jobs=10,
            drain=timedelta(),
        )
        async with engine, Worker(self.store.jobs, engine, PROFILES, slots=slots) as worker:
            yield worker

    async def submitted(self, step_id: str | None = None, **step: Any) -> RunId:
        members = {"statement": "return []", "output_schema": COLUMN_X, "id": step_id, **step}
        document = json.dumps({"step": members}).encode()
        run = await self.store.jobs.submit(Job(ticket=a_ticket(step_id), document=document))
        return RunId(run.id)

    async def ended(self, run_id: RunId) -> Run:
        while True:
            run = await self.store.runs.get(run_id)
            if run is not None and run.state not in ("queued", "running"):
                return run


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with sqlite.opened(tmp_path / "data") as store:
        yield House(store=store, folder=tmp_path)


async def test_jobs_that_wait_when_it_begins_are_performed(house: House) -> None:
    house.gate.set()
    run_id = await house.submitted("a")

    async with house.working():
        assert (await house.ended(run_id)).state == "succeeded"


async def test_no_more_jobs_are_performed_at_a_time_than_it_has_slots(house: House) -> None:
    ids = [await house.submitted() for _ in range(5)]
    async with house.working(slots=2):
        await until(lambda: house.runtime.running == 2)
        house.gate.set()
        for run_id in ids:
            await house.ended(run_id)

    assert house.runtime.most_running == 2


async def test_a_step_that_waits_holds_up_no_other(house: House) -> None:
    for _ in range(5):
        await house.submitted("hot")
    await house.submitted("cold")

    async with house.working(slots=2):
        await until(lambda: house.runtime.running == 2)
        house.gate.set()


async def test_two_workers_perform_each_job_once(house: House) -> None:
    house.gate.set()
    ids = [await house.submitted("a" if number % 2 else None) for number in range(10)]

    async with house.working(), house.working():
        runs = [await house.ended(run_id) for run_id in ids]

    assert [run.attempts for run in runs] == [1] * 10
    assert len(house.runtime.assignments) == 10


async def test_what_is_under_way_at_the_end_waits_for_another_worker(house: House) -> None:
    run_id = await house.submitted("a")
    async with house.working():
        await until(lambda: house.runtime.running)

    left = await house.store.runs.get(run_id)
    assert left is not None
    assert left.state == "queued"
    house.gate.set()
    async with house.working():
        assert (await house.ended(run_id)).attempts == 2


async def test_a_job_that_is_no_order_any_more_is_refused(house: House) -> None:
    run_id = await house.submitted(profile="gone")

    async with house.working():
        run = await house.ended(run_id)

    assert (run.state, json.loads(bytes(run.error))["code"]) == ("failed", "invalid_request")


async def test_a_job_whose_environment_is_not_ready_waits(house: House) -> None:
    house.gate.set()
    run_id = await house.submitted(environment="late")
    async with house.working() as worker:
        await worker.perform(run_id)

        run = await house.store.runs.get(run_id)
        assert run is not None
        assert run.state == "queued"
        assert await house.store.jobs.ready(1) == []


async def test_a_job_that_nobody_knows_is_left_alone(house: House) -> None:
    async with house.working() as worker:
        await worker.perform(RunId("nobody"))

    assert house.runtime.assignments == []
