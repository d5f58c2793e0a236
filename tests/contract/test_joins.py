"""What every store promises of joins: whatever arrives how often, the run fires once."""

import asyncio
import hashlib
import json
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from processor.errors import DeliveryConflict, TooLarge, UnknownBranch
from processor.join import Arrival, Delivery
from processor.run import RunId
from processor.step import JoinPolicy, Step
from tests.build import a_step
from tests.store.build import STEP, Store, a_run, kept, submitted, taken

BRANCHES = ("orders", "refunds")
OVER = timedelta(seconds=-1)
"""A deadline that is over when the join opens."""


async def deliver(
    store: Store,
    branch: str,
    rows: bytes = b"[]",
    *,
    key: str = "k",
    delivery_id: str | None = None,
    most_bytes: int = 1000,
    **join: Any,
) -> Arrival:
    step = a_step(branches=BRANCHES, join=JoinPolicy(**join))
    return await deliver_to(
        store, step, branch, rows, key=key, delivery_id=delivery_id, most_bytes=most_bytes
    )


async def deliver_to(
    store: Store,
    step: Step,
    branch: str,
    rows: bytes,
    *,
    key: str,
    delivery_id: str | None,
    most_bytes: int = 1000,
) -> Arrival:
    stored = await store.steps.put(STEP, b'{"statement":"return []"}', expected_version=None)
    delivery = Delivery(
        step_id=STEP,
        key=key,
        branch=branch,
        delivery_id=delivery_id,
        digest=hashlib.sha256(rows).digest(),
        rows=rows,
        trace_id="0af7651916cd43dd8448eb211c80319c",
    )
    return await store.joins.deliver(delivery, stored, step, most_bytes=most_bytes)


async def inputs_of(store: Store, run_id: str | None) -> Any:
    job = await store.jobs.get(RunId(str(run_id)))
    assert job is not None
    return json.loads(job.document)["inputs"]


async def test_the_last_branch_fires_the_run_with_all_rows(store: Store, other: Store) -> None:
    first = await deliver(store, "refunds", b'[{"r":1}]')
    await deliver(other, "INPUT_DATA", b'[{"i":1}]')
    last = await deliver(store, "orders", b"null")

    assert (first.join.state, first.join.missing, first.join.run_id) == (
        "open",
        ("INPUT_DATA", "orders"),
        None,
    )
    assert (last.disposition, last.join.state, last.join.missing) == ("accepted", "fired", ())
    assert await inputs_of(store, last.join.run_id) == {
        "INPUT_DATA": [{"i": 1}],
        "INPUT_DATA2": None,
        "INPUT_DATA3": [{"r": 1}],
    }


async def test_the_run_that_fires_waits_for_a_worker(store: Store) -> None:
    await deliver(store, "orders", primary=False)
    fired = await deliver(store, "refunds", primary=False)

    run_id = RunId(str(fired.join.run_id))
    assert [*await store.jobs.ready(9)] == [run_id]
    claim = await taken(store, run_id)
    assert (await store.runs.finish(claim, a_run(claim), b"1")).step_id == STEP


async def test_a_branch_that_arrives_again_is_a_duplicate_before_and_after_the_run(
    store: Store,
) -> None:
    await deliver(store, "orders", primary=False)
    again = await deliver(store, "orders", primary=False)
    fired = await deliver(store, "refunds", primary=False)
    late = await deliver(store, "orders", primary=False)

    assert (again.disposition, again.join.missing) == ("duplicate", ("refunds",))
    assert (late.disposition, late.join.run_id) == ("duplicate", fired.join.run_id)
    assert len(await store.jobs.ready(9)) == 1


async def test_other_rows_under_one_delivery_change_nothing(store: Store) -> None:
    await deliver(store, "orders", b"[1]", delivery_id="1", primary=False)
    with pytest.raises(DeliveryConflict):
        await deliver(store, "orders", b"[2]", delivery_id="1", primary=False)

    fired = await deliver(store, "refunds", primary=False)

    assert (await inputs_of(store, fired.join.run_id))["INPUT_DATA2"] == [1]


async def test_another_delivery_replaces_the_rows_while_the_join_is_open(store: Store) -> None:
    await deliver(store, "orders", b"[1]", delivery_id="1", primary=False)
    await deliver(store, "orders", b"[2]", delivery_id="2", primary=False)
    again = await deliver(store, "orders", b"[1]", delivery_id="1", primary=False)

    fired = await deliver(store, "refunds", primary=False)

    assert again.disposition == "duplicate"
    assert (await inputs_of(store, fired.join.run_id))["INPUT_DATA2"] == [2]


async def test_a_late_delivery_is_recorded_and_runs_nothing(store: Store) -> None:
    await deliver(store, "orders", delivery_id="1", primary=False)
    await deliver(store, "refunds", primary=False)

    late = await deliver(store, "orders", delivery_id="2", primary=False)

    assert (late.disposition, late.join.late, late.join.generation) == ("late", 1, 1)
    assert len(await store.jobs.ready(9)) == 1


async def test_a_late_delivery_opens_the_next_generation_where_it_may(store: Store) -> None:
    late: dict[str, Any] = {"primary": False, "late": "new_generation"}
    arrivals = [
        await deliver(store, branch, f"[{number}]".encode(), delivery_id=number, **late)
        for number in ("1", "2")
        for branch in BRANCHES
    ]

    arrival = arrivals[-1]
    assert (arrival.join.generation, arrival.join.state) == (2, "fired")
    assert (await inputs_of(store, arrival.join.run_id))["INPUT_DATA2"] == [2]
    old = await deliver(store, "orders", b"[1]", delivery_id="1", **late)
    assert (old.disposition, old.join.generation) == ("duplicate", 2)


async def test_an_unknown_branch_opens_nothing(store: Store) -> None:
    with pytest.raises(UnknownBranch):
        await deliver(store, "nobody")

    assert await store.joins.get(STEP, "k") is None


async def test_branches_that_are_too_large_together_are_refused_and_not_kept(
    store: Store,
) -> None:
    await deliver(store, "orders", b"[" + b" " * 60 + b"]", most_bytes=100)
    with pytest.raises(TooLarge):
        await deliver(store, "refunds", b"[" + b" " * 60 + b"]", most_bytes=100)

    join = await store.joins.get(STEP, "k")
    assert join is not None
    assert join.arrived == ("orders",)


async def test_joins_of_other_keys_are_apart(store: Store) -> None:
    await deliver(store, "orders", primary=False)

    assert (await deliver(store, "refunds", key="l", primary=False)).join.missing == ("orders",)


# Deadlines


async def test_a_join_whose_deadline_is_over_fails_with_what_is_missing(store: Store) -> None:
    await deliver(store, "orders", deadline=OVER)

    assert await store.joins.expire() == 1
    assert await store.joins.expire() == 0

    join = await store.joins.get(STEP, "k")
    assert join is not None
    assert (join.state, join.missing) == ("expired", ("INPUT_DATA", "refunds"))
    run = await kept(store.runs, str(join.run_id))
    error = json.loads(bytes(run.error))
    assert (run.state, run.status and run.status.code) == ("failed", 307)
    assert (error["code"], "'refunds'" in error["message"]) == ("branch_missing", True)
    assert [*await store.jobs.ready(9)] == []


async def test_a_join_may_run_with_what_has_arrived(store: Store) -> None:
    await deliver(store, "orders", b"[1]", deadline=OVER, on_deadline="partial")

    await store.joins.expire()

    join = await store.joins.get(STEP, "k")
    assert join is not None
    assert join.state == "partial"
    assert await inputs_of(store, join.run_id) == {
        "INPUT_DATA": None,
        "INPUT_DATA2": [1],
        "INPUT_DATA3": None,
    }


async def test_a_join_may_wait_on(store: Store) -> None:
    await deliver(store, "orders", deadline=OVER, on_deadline="extend")

    assert await store.joins.expire() == 1

    join = await store.joins.get(STEP, "k")
    assert join is not None
    assert join.state == "open"


async def test_a_deadline_that_is_not_over_does_nothing(store: Store) -> None:
    await deliver(store, "orders", deadline=timedelta(hours=1))
    await deliver(store, "orders", key="l")

    assert await store.joins.expire() == 0


async def test_a_deadline_is_met_once_by_many(store: Store, other: Store) -> None:
    for number in range(20):
        await deliver(store, "orders", key=str(number), deadline=OVER, on_deadline="partial")

    await asyncio.gather(*(each.joins.expire() for each in (store, other) * 3))

    runs = await store.jobs.list(step_id=STEP, limit=100)
    assert len(runs) == 20


# The end


async def test_a_cancelled_join_waits_no_more(store: Store) -> None:
    await deliver(store, "orders", primary=False)

    cancelled = await store.joins.cancel(STEP, "k")

    assert cancelled is not None
    assert cancelled.state == "cancelled"
    assert (await deliver(store, "refunds", primary=False)).disposition == "late"
    assert [*await store.jobs.ready(9)] == []


async def test_a_join_that_has_fired_cannot_be_cancelled(store: Store) -> None:
    await deliver(store, "orders", primary=False)
    fired = await deliver(store, "refunds", primary=False)

    assert await store.joins.cancel(STEP, "k") == fired.join
    assert await store.joins.cancel(STEP, "nobody") is None


async def test_a_join_that_was_over_long_ago_is_forgotten(store: Store) -> None:
    await deliver(store, "orders", primary=False)
    await deliver(store, "refunds", primary=False)
    await deliver(store, "orders", key="l")

    assert await store.joins.forget(days=1) == 0
    assert await store.joins.forget(days=-1) == 1

    assert await store.joins.get(STEP, "k") is None
    assert await store.joins.get(STEP, "l") is not None


async def test_of_300_joins_with_4_branches_each_fires_once(store: Store, other: Store) -> None:
    step = a_step(branches=("a", "b", "c"))
    shuffled = random.Random(1)
    branches = [
        (f"k{number}", name) for number in range(300) for name in ("INPUT_DATA", "a", "b", "c")
    ]
    arrivals = branches + shuffled.sample(branches, len(branches) // 5)
    shuffled.shuffle(arrivals)
    await store.steps.put(STEP, b'{"statement":"return []"}', expected_version=None)
    left = iter(arrivals)
    dispositions: Counter[str] = Counter()

    async def bring(to: Store) -> None:
        for key, branch in left:
            rows = json.dumps([{"key": key, "branch": branch}]).encode()
            arrival = await deliver_to(to, step, branch, rows, key=key, delivery_id=None)
            dispositions[arrival.disposition] += 1

    async with asyncio.TaskGroup() as tasks:
        for number in range(16):
            tasks.create_task(bring(store if number % 2 else other))

    runs = await store.jobs.list(step_id=STEP, state="queued", limit=1000)
    assert dispositions == {"accepted": 1200, "duplicate": 240}
    assert len(runs) == 300
    inputs = [await inputs_of(store, run.id) for run in runs]
    assert len({json.dumps(each) for each in inputs}) == 300
    for each in inputs:
        assert len({rows[0]["key"] for rows in each.values()}) == 1
        assert [each[name][0]["branch"] for name in sorted(each)] == ["INPUT_DATA", "a", "b", "c"]


async def test_a_submitted_run_is_no_join(store: Store) -> None:
    await submitted(store)

    assert await store.joins.get(STEP, "k") is None
