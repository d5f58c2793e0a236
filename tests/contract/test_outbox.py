"""What every store promises of callbacks: none is lost, one process at a time sends it."""

import json
from dataclasses import replace

import pytest

from processor.callback import Callback
from processor.errors import StaleCheckpoint
from processor.run import Ticket
from tests.store.build import (
    STEP,
    Store,
    a_cycle,
    a_job,
    a_run,
    a_ticket,
    claimed,
    submitted,
    taken,
)

URL = "https://example.com/ended"


def told() -> Ticket:
    return replace(a_ticket(), callback_url=URL)


async def the_callback(store: Store) -> Callback:
    (callback,) = await store.outbox.take(9)
    return callback


async def test_the_end_of_a_run_puts_out_its_callback(store: Store, other: Store) -> None:
    run = await a_cycle(store.runs, b"1", told())

    callback = await the_callback(other)

    assert (callback.url, callback.attempt, callback.event_id) == (URL, 1, f"{run.id}:1")
    assert json.loads(callback.content)["data"]["checkpoint"]["after"] == 1


async def test_a_run_that_nobody_is_told_of_puts_out_nothing(store: Store) -> None:
    await a_cycle(store.runs, b"1")

    assert await store.outbox.take(9) == []


async def test_a_deferred_run_is_told_of_once_it_has_ended_for_the_last_time(
    store: Store,
) -> None:
    run_id = await submitted(store, a_job(ticket=told()))
    assert await store.outbox.take(9) == []
    claim = await taken(store, run_id)
    await store.runs.finish(claim, a_run(claim), None)

    assert (await the_callback(store)).event_id == f"{run_id}:1"


async def test_a_cancelled_run_is_told_of(store: Store) -> None:
    run_id = await submitted(store, a_job(ticket=told()))

    await store.jobs.cancel(run_id)

    event = json.loads((await the_callback(store)).content)
    assert event["type"] == "io.processor.run.cancelled"


async def test_nothing_is_told_of_an_end_that_was_not_kept(store: Store) -> None:
    claim = await claimed(store.runs, told())
    await store.checkpoints.set(STEP, b"9", expected_version=None)

    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1")

    assert await store.outbox.take(9) == []


async def test_what_one_process_has_taken_no_other_is_given(store: Store, other: Store) -> None:
    await a_cycle(store.runs, b"1", told())
    await the_callback(store)

    assert await other.outbox.take(9) == []


async def test_what_was_delivered_is_not_sent_again(store: Store) -> None:
    await a_cycle(store.runs, b"1", told())

    await store.outbox.settle(await the_callback(store), "delivered", "")

    assert await store.outbox.take(9) == []


async def test_what_failed_waits_for_its_next_attempt(store: Store) -> None:
    await a_cycle(store.runs, b"1", told())
    callback = await the_callback(store)

    await store.outbox.settle(callback, "failed", "nobody listens")

    assert await store.outbox.take(9) == []


async def test_a_late_word_of_an_earlier_attempt_counts_for_nothing(store: Store) -> None:
    await a_cycle(store.runs, b"1", told())
    callback = await the_callback(store)
    await store.outbox.settle(replace(callback, attempt=0), "delivered", "")

    await store.outbox.settle(callback, "gone", "nobody is there")

    assert await store.outbox.take(9) == []
