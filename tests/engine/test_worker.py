"""A worker: what it takes, what it leaves, what becomes of jobs that cannot run."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.engine import InlineEngine, Worker
from processor.environment import Environment, Environments, EnvironmentSource
from processor.errors import EnvironmentNotReady
from processor.identity import DEFAULT_TENANT, Tenant
from processor.job import Job
from processor.run import Run, RunId
from processor.store import sqlite
from processor.store.kept import Store
from tests.build import COLUMN_X, a_profile, a_ticket, until
from tests.fakes import FakeEnvironments, FakeRuntime, a_pipeline

PROFILES = {"processor": a_profile()}


@dataclass(kw_only=True)
class House:
    store: Store
    folder: Path
    runtime: FakeRuntime = field(default_factory=FakeRuntime)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def working(
        self, slots: int = 2, environments: Environments | None = None, **more: Any
    ) -> AsyncIterator[Worker]:
        self.runtime.meanwhile = self.gate.wait
        pipeline = a_pipeline(self.store, self.runtime, self.folder, slots=slots)
        known = environments or pipeline.environments
        pipeline = replace(pipeline, environments=known)
        engine = InlineEngine(
            pipeline,
            jobs=self.store.jobs,
            notices=self.store.notices,
            most_jobs=10,
            drain=timedelta(),
        )
        worker = Worker(self.store.jobs, engine, known, PROFILES, slots=slots, **more)
        async with engine, worker:
            yield worker

    async def submitted(
        self, step_id: str | None = None, *, tenant: Tenant = DEFAULT_TENANT, **step: Any
    ) -> RunId:
        members = {"statement": "return []", "output_schema": COLUMN_X, "id": step_id, **step}
        document = json.dumps({"step": members}).encode()
        ticket = replace(a_ticket(step_id), tenant=tenant)
        run = await self.store.jobs.submit(Job(ticket=ticket, document=document))
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


async def test_a_worker_of_one_slot_performs_a_tenant_s_run_ahead_of_another_s_backlog(
    house: House,
) -> None:
    backlog = [await house.submitted() for _ in range(4)]
    await house.submitted(tenant=Tenant("quiet"), statement="return []  # quiet")
    async with house.working(slots=1):
        await until(lambda: house.runtime.running == 1)
        house.gate.set()
        for run_id in backlog:
            await house.ended(run_id)

    begun = [each.statement for each in house.runtime.assignments]
    assert begun.index("return []  # quiet") == 1


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
        assert [*await house.store.jobs.ready(1)] == []


async def test_a_job_whose_environment_is_not_ready_for_long_ends_with_the_reason(
    house: House,
) -> None:
    run_id = await house.submitted(environment="gone")
    async with house.working(patience=timedelta()) as worker:
        await worker.perform(run_id)
        await worker.perform(run_id)

        run = await house.ended(run_id)

    error = json.loads(bytes(run.error))
    assert (run.state, error["code"]) == ("failed", "environment_not_ready")
    assert "environment gone is not ready" in error["message"]


class Building(FakeEnvironments):
    """Builds what steps require, and gives it once it is built."""

    refusal: EnvironmentNotReady | None = None
    asked = 0

    async def prepare(self, source: EnvironmentSource, patience: timedelta) -> None:
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal

    def get(self, source: EnvironmentSource) -> Environment:
        return self.built["small"]


async def test_a_job_waits_until_what_it_requires_is_built_by_the_worker(house: House) -> None:
    house.gate.set()
    building = Building()
    building.refusal = EnvironmentNotReady("it is being built", retry_after=1)
    run_id = await house.submitted(requirements="six")
    async with house.working(environments=building):
        await until(lambda: building.asked)
        waiting = await house.store.runs.get(run_id)
        building.refusal = None

        run = await house.ended(run_id)

    assert waiting is not None
    assert waiting.state == "queued"
    assert (run.state, run.attempts) == ("succeeded", 1)


async def test_a_job_whose_requirements_cannot_be_built_fails_with_what_the_build_said(
    house: House,
) -> None:
    building = Building()
    building.refusal = EnvironmentNotReady("cannot be built: no such package")
    run_id = await house.submitted(requirements="nonsense-nonsense")
    async with house.working(environments=building):
        run = await house.ended(run_id)

    error = json.loads(bytes(run.error))
    assert (error["code"], "no such package" in error["message"]) == ("environment_not_ready", True)
    assert [listed.id for listed in await house.store.jobs.list(dead_letters=True, limit=9)] == [
        run_id
    ]


async def test_a_job_that_nobody_knows_is_left_alone(house: House) -> None:
    async with house.working() as worker:
        await worker.perform(RunId("nobody"))

    assert house.runtime.assignments == []
