"""What is counted of runs, on the main path with a runtime that does as it is told."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from processor.metrics import Metrics, Snapshot
from processor.pipeline import Pipeline
from processor.runtime.contract import Died
from processor.step import StepId
from processor.store import sqlite
from tests.build import a_step, a_ticket, an_order
from tests.fakes import FakeRuntime, Noting, a_pipeline, returned

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@dataclass(frozen=True, kw_only=True)
class Counted:
    metrics: Metrics
    runtime: FakeRuntime
    pipeline: Pipeline

    async def run(self, profile: str = "processor") -> None:
        order = an_order(a_step(profile=profile))
        await self.pipeline.run(order, a_ticket(order.step.id), Noting())

    def told(self, accept: str = "") -> list[str]:
        return self.metrics.page(Snapshot(), accept).content.decode().splitlines()


@pytest.fixture
async def counted(tmp_path: Path) -> AsyncIterator[Counted]:
    runtime, metrics = FakeRuntime(), Metrics("1.2.3")
    async with sqlite.opened(tmp_path / "data") as store:
        pipeline = replace(a_pipeline(store, runtime, tmp_path), tally=metrics)
        yield Counted(metrics=metrics, runtime=runtime, pipeline=pipeline)


async def test_a_run_is_counted_by_profile_state_and_code(counted: Counted) -> None:
    await counted.run()
    await counted.run(profile="current")

    told = counted.told()
    for profile in ("processor", "current"):
        labels = f'code="200",profile="{profile}",state="succeeded"'
        assert f"processor_runs_total{{{labels}}} 1.0" in told


async def test_a_failed_run_is_counted_with_its_error(counted: Counted) -> None:
    counted.runtime.report = Died(reason="it was killed", killed=True, retryable=True)

    await counted.run()

    told = counted.told()
    assert 'processor_runs_total{code="304",profile="processor",state="failed"} 1.0' in told
    assert 'processor_run_errors_total{error="killed"} 1.0' in told


async def test_each_part_of_timings_is_timed_once_a_run(counted: Counted) -> None:
    await counted.run()

    parts = ("queue", "start", "execute", "decode", "validate", "commit")
    told = counted.told()
    assert all(f'processor_run_part_seconds_count{{part="{part}"}} 1.0' in told for part in parts)


async def test_delivered_rows_are_counted_with_their_bytes(counted: Counted) -> None:
    counted.runtime.report = returned([{"x": 1}, {"x": 2}])

    await counted.run()

    told = counted.told()
    assert 'processor_rows_total{profile="processor"} 2.0' in told
    assert 'processor_rows_bytes_total{profile="processor"} 17.0' in told


async def test_a_moved_checkpoint_is_counted_and_one_that_stays_is_not(counted: Counted) -> None:
    await counted.run()
    counted.runtime.report = returned([])
    await counted.run()

    assert "processor_checkpoint_commits_total 1.0" in counted.told()


async def test_an_answer_that_was_kept_before_is_not_counted_again(counted: Counted) -> None:
    order = an_order(a_step())
    ticket = replace(a_ticket(StepId("orders")), key="once")

    for _ in range(2):
        await counted.pipeline.run(order, ticket, Noting())

    assert 'processor_run_seconds_count{profile="processor"} 1.0' in counted.told()


async def test_a_run_s_trace_is_its_exemplar_in_openmetrics(counted: Counted) -> None:
    await counted.run()

    (line,) = (each for each in counted.told(OPENMETRICS) if each.startswith("processor_runs_to"))
    trace_id = a_ticket(None).trace_id
    assert re.search(rf'# {{trace_id="{trace_id}"}} 1.0', line)
