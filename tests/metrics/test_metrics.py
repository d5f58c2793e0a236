"""What Prometheus is told of requests and of the process."""

import asyncio
import time
from collections import Counter
from typing import cast

import pytest
from prometheus_client import CollectorRegistry, Histogram

from processor.egress import Totals
from processor.job import Backlog
from processor.metrics import Metrics, Shelf, Snapshot, memory_by_process, watch_loop
from processor.runtime.contract import Assignment, Take
from processor.tally import Request, Tallies
from tests.fakes import FakeRuntime


def told(metrics: Metrics, snapshot: Snapshot | None = None) -> list[str]:
    return metrics.page(snapshot or Snapshot(), "").content.decode().splitlines()


def a_request(**members: object) -> Request:
    request = Request(method="GET", route="/v1/runs/{run_id}", trace_id="0" * 31 + "1")
    for name, value in members.items():
        setattr(request, name, value)
    return request


def answered(metrics: Metrics, request: Request, status: int) -> None:
    with metrics.requested(request):
        request.status = status


def test_a_request_is_counted_by_method_route_and_status() -> None:
    metrics = Metrics("1")

    answered(metrics, a_request(), 404)

    labels = 'method="GET",route="/v1/runs/{run_id}",status="404"'
    assert f"processor_http_requests_total{{{labels}}} 1.0" in told(metrics)


@pytest.mark.parametrize(("member", "value"), [("method", "BREW" * 50), ("route", None)])
def test_what_a_caller_makes_up_is_no_label(member: str, value: str | None) -> None:
    metrics = Metrics("1")

    answered(metrics, a_request(**{member: value}), 404)

    assert any(f'{member}="other"' in line for line in told(metrics))
    assert not any("BREW" in line for line in told(metrics))


def test_a_request_that_raises_is_counted_as_failed() -> None:
    metrics = Metrics("1")

    with pytest.raises(KeyError), metrics.requested(a_request()):
        raise KeyError

    assert any('status="500"} 1.0' in line for line in told(metrics))


def test_two_processes_in_one_interpreter_count_apart() -> None:
    one, other = Metrics("1"), Metrics("1")

    answered(one, a_request(), 200)

    assert not any("http_requests_total{" in line for line in told(other))


def test_a_snapshot_is_told_with_what_waits() -> None:
    backlog = Backlog(waiting=5, ready=3, oldest_seconds=7.5, dead_letters=2, callbacks=1)
    shelf = Shelf(environment="custom", waiting=1, wanted=4)
    refused = Totals(refused=Counter({"address": 6}))

    lines = told(
        Metrics("1"),
        Snapshot(backlog=backlog, shelves=(shelf,), egress=refused, level=3, store_seconds=0.5),
    )

    assert {
        "processor_jobs_waiting 5.0",
        "processor_jobs_ready 3.0",
        "processor_queue_age_seconds 7.5",
        "processor_dead_letters 2.0",
        "processor_callbacks_waiting 1.0",
        'processor_children_wanted{environment="custom"} 4.0',
        'processor_egress_refusals_total{reason="address"} 6.0',
        "processor_isolation_level 3.0",
        "processor_store_up 1.0",
        "processor_store_read_seconds 0.5",
    } <= set(lines)


def test_a_store_that_does_not_answer_is_told_as_down_and_its_queue_not_as_empty() -> None:
    lines = told(Metrics("1"), Snapshot(backlog=None))

    assert "processor_store_up 0.0" in lines
    assert not any(line.startswith("processor_queue_age_seconds ") for line in lines)


async def test_an_execution_is_counted_while_it_goes_on() -> None:
    metrics, runtime = Metrics("1"), FakeRuntime()
    counted = metrics.counted("forked", runtime)
    seen: list[list[str]] = []

    async def look() -> None:
        seen.append(told(metrics))

    runtime.meanwhile = look
    await counted.execute(cast("Assignment", None), cast("Take", None))  # which a fake does not use

    assert 'processor_executions{runtime="forked"} 1.0' in seen[0]
    assert 'processor_executions{runtime="forked"} 0.0' in told(metrics)


async def test_a_loop_that_is_held_up_shows_as_lag() -> None:
    registry = CollectorRegistry()
    lag = Histogram("lag", "", registry=registry, buckets=(0.05,))
    watching = asyncio.ensure_future(watch_loop(lag))
    await asyncio.sleep(0)

    time.sleep(1)  # and so holds the loop up
    while not registry.get_sample_value("lag_count"):
        await asyncio.sleep(0.01)
    watching.cancel()

    assert registry.get_sample_value("lag_sum", {}) >= 0.3  # type: ignore[operator]


def test_memory_is_told_of_this_process() -> None:
    memory = memory_by_process()

    assert memory["service"] > 1 << 20
    assert memory.keys() == {"service", "zygotes", "children", "keepers"}


def test_several_tallies_are_each_told() -> None:
    one, other = Metrics("1"), Metrics("1")

    with Tallies((one, other)).requested(a_request()):
        pass

    assert told(one)[-30:] != []
    for each in (one, other):
        assert any('status="500"} 1.0' in line for line in told(each))
