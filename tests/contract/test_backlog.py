"""What every store tells of what waits in it."""

from dataclasses import replace
from datetime import timedelta

from processor.job import Backlog
from processor.step import Queueing
from tests.store.build import Store, a_job, a_run, a_ticket, claimed, submitted, taken

EMPTY = Backlog(waiting=0, ready=0, oldest_seconds=0.0, dead_letters=0, callbacks=0)


async def test_nothing_waits_in_an_empty_store(store: Store) -> None:
    assert await store.backlog.look() == EMPTY


async def test_a_job_waits_longer_and_longer_until_it_is_claimed(store: Store) -> None:
    run_id = await submitted(store)

    first = await store.backlog.look()
    second = await store.backlog.look()
    await taken(store, run_id)

    assert (first.waiting, first.ready) == (1, 1)
    assert 0 <= first.oldest_seconds <= second.oldest_seconds < 60
    assert await store.backlog.look() == EMPTY


async def test_a_job_whose_time_is_to_come_waits_and_is_not_ready(store: Store) -> None:
    await store.jobs.put_off(await submitted(store), 60)

    look = await store.backlog.look()

    assert (look.waiting, look.ready, look.oldest_seconds) == (1, 0, 0)


async def test_a_job_that_failed_for_the_last_time_is_a_dead_letter(store: Store) -> None:
    job = a_job(queueing=Queueing(max_attempts=1, backoff=timedelta()))
    claim = await taken(store, await submitted(store, job))

    during = await store.backlog.look()
    await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert during.dead_letters == 0
    assert (await store.backlog.look()).dead_letters == 1


async def test_a_callback_is_counted_until_it_has_arrived(store: Store) -> None:
    ticket = replace(a_ticket(), callback_url="http://receiver.example/runs")
    claim = await claimed(store.runs, ticket)
    await store.runs.finish(claim, a_run(claim), None)
    waiting = await store.backlog.look()

    (callback,) = await store.outbox.take(1)
    await store.outbox.settle(callback, "delivered", "")

    assert waiting.callbacks == 1
    assert (await store.backlog.look()).callbacks == 0
