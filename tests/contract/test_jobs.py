"""What every store promises of jobs: registered once, performed by one, never forgotten."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from processor.errors import Busy, KeyReused, NotDead, StaleCheckpoint, UnknownRun, UnknownSchema
from processor.run import Run, RunId
from processor.step import Queueing
from tests.store.build import (
    STEP,
    Opens,
    Store,
    a_cycle,
    a_job,
    a_run,
    a_ticket,
    claimed,
    kept,
    submitted,
    taken,
)

NONE = timedelta()


def error_of(run: Run) -> Any:
    return json.loads(bytes(run.error))


def killed(run: Run) -> Run:
    """Give a run as it is where its process was killed."""
    error = msgspec.Raw(b'{"code":"killed","retryable":true}')
    return msgspec.structs.replace(run, error=error)


# Waiting


async def test_a_submitted_run_waits_and_has_made_no_attempt(store: Store, other: Store) -> None:
    run_id = await submitted(store)

    run = await kept(other.runs, run_id)

    assert (run.state, run.attempts, run.step_id) == ("queued", 0, STEP)


async def test_a_job_is_kept_with_its_order_and_names_its_run(store: Store) -> None:
    run_id = await submitted(store)

    job = await store.jobs.get(run_id)

    assert job is not None
    assert (job.document, job.ticket.run_id, job.ticket.step_id) == (
        b'{"an": "order"}',
        run_id,
        STEP,
    )


async def test_of_each_step_the_job_that_came_first_is_ready(store: Store) -> None:
    first = await submitted(store, a_job("a"))
    await submitted(store, a_job("a"))
    second = await submitted(store, a_job("b"))
    free = [await submitted(store, a_job(None)) for _ in range(2)]

    assert [*await store.jobs.ready(10)] == [first, second, *free]
    assert [*await store.jobs.ready(2)] == [first, second]


async def test_no_job_is_ready_while_its_step_is_claimed(store: Store) -> None:
    claim = await claimed(store.runs)
    run_id = await submitted(store)
    assert [*await store.jobs.ready(10)] == []

    await store.runs.finish(claim, a_run(claim), None)

    assert [*await store.jobs.ready(10)] == [run_id]


async def test_a_job_that_is_put_off_is_not_ready(store: Store) -> None:
    run_id = await submitted(store)

    await store.jobs.put_off(run_id, 60)

    assert [*await store.jobs.ready(10)] == []
    await store.jobs.put_off(run_id, 0)
    assert [*await store.jobs.ready(10)] == [run_id]


# Claiming


async def test_a_claimed_job_is_its_runs_first_attempt(store: Store) -> None:
    run_id = await submitted(store)

    claim = await taken(store, run_id)

    assert (claim.run_id, claim.attempt) == (run_id, 1)
    assert (await kept(store.runs, run_id)).state == "running"
    assert [*await store.jobs.ready(10)] == []
    assert await store.jobs.get(run_id) is None


async def test_a_job_that_is_delivered_again_is_given_the_run_as_it_stands(
    store: Store, other: Store
) -> None:
    run_id = await submitted(store)
    job = await store.jobs.get(run_id)
    assert job is not None
    claim = await claimed(store.runs, job.ticket)

    under_way = await other.runs.claim(job.ticket)
    ended = await store.runs.finish(claim, a_run(claim), b"1")

    assert isinstance(under_way, Run)
    assert under_way.state == "running"
    assert await other.runs.claim(job.ticket) == ended


async def test_an_unknown_run_cannot_be_claimed(store: Store) -> None:
    with pytest.raises(UnknownRun):
        await store.runs.claim(replace(a_ticket(), run_id=RunId("nobody")))


async def test_a_job_reads_the_checkpoint_when_it_is_claimed(store: Store) -> None:
    run_id = await submitted(store)
    await a_cycle(store.runs, b"7")

    claim = await taken(store, run_id)

    assert claim.checkpoint is not None
    assert claim.checkpoint.value == b"7"


# Ends


async def test_a_job_is_gone_with_its_success(store: Store) -> None:
    run_id = await submitted(store)
    claim = await taken(store, run_id)

    await store.runs.finish(claim, a_run(claim), b"1")

    assert (await kept(store.runs, run_id)).state == "succeeded"
    assert [*await store.jobs.ready(10)] == []


async def test_a_run_that_its_process_left_waits_for_its_next_attempt(open_store: Opens) -> None:
    async with open_store() as store:
        run_id = await submitted(store)
        await taken(store, run_id)

    async with open_store() as store:
        assert (await kept(store.runs, run_id)).state == "queued"
        assert [*await store.jobs.ready(10)] == [run_id]
        claim = await taken(store, run_id)
        run = await store.runs.finish(claim, a_run(claim), b"1")

    assert (run.id, run.attempts) == (run_id, 2)


async def test_a_run_that_takes_every_process_with_it_ends_as_killed(open_store: Opens) -> None:
    async with open_store() as store:
        run_id = await submitted(store)
    for _ in range(5):
        async with open_store() as store:
            await taken(store, run_id)

    async with open_store() as store:
        run = await kept(store.runs, run_id)
        assert [*await store.jobs.ready(10)] == []

    assert (run.state, run.attempts, error_of(run)["code"]) == ("failed", 5, "killed")


async def test_a_killed_attempt_is_followed_by_another(store: Store) -> None:
    run_id = await submitted(store)
    claim = await taken(store, run_id)

    run = await store.runs.finish(claim, killed(a_run(claim, "failed")), None)

    assert run.state == "queued"
    assert (await kept(store.runs, run_id)).error == run.error
    assert (await taken(store, run_id)).attempt == 2


async def test_the_late_answer_of_an_attempt_that_was_put_back_does_not_count(
    open_store: Opens, store: Store
) -> None:
    async with open_store() as late:
        run_id = await submitted(late)
        claim = await taken(late, run_id)

    answer = await store.runs.finish(claim, a_run(claim), b"1")

    assert answer.state == "queued"
    assert await store.checkpoints.get(STEP) is None


@pytest.mark.parametrize("step_id", [STEP, None])
async def test_the_late_failure_of_an_earlier_attempt_leaves_the_next_one_under_way(
    open_store: Opens, store: Store, step_id: str | None
) -> None:
    async with open_store() as late:
        run_id = await submitted(late, a_job(step_id))
        claim = await taken(late, run_id)
    again = await taken(store, run_id)

    await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert (await kept(store.runs, run_id)).state == "running"
    assert (await store.runs.finish(again, a_run(again), None)).attempts == 2


async def test_the_steps_own_error_is_the_end(store: Store) -> None:
    run_id = await submitted(store)
    claim = await taken(store, run_id)

    run = await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert run.state == "failed"
    assert [*await store.jobs.ready(10)] == []


async def test_a_job_that_can_never_run_is_refused_with_the_reason(store: Store) -> None:
    run_id = await submitted(store)

    await store.jobs.refuse(run_id, UnknownSchema("no schema of that name"))

    run = await kept(store.runs, run_id)
    assert (run.state, run.attempts) == ("failed", 0)
    assert error_of(run)["code"] == "unknown_schema"
    assert [*await store.jobs.ready(10)] == []


# Attempts


async def attempted(store: Store, run_id: RunId, error: bytes) -> Run:
    """Let a run's next attempt fail."""
    claim = await taken(store, run_id)
    run = msgspec.structs.replace(a_run(claim, "failed"), error=msgspec.Raw(error))
    return await store.runs.finish(claim, run, None)


RAISED = b'{"code":"statement_raised","retryable":false}'
KILLED = b'{"code":"killed","retryable":true}'


async def test_the_statements_own_error_is_tried_again_where_that_is_asked_for(
    store: Store,
) -> None:
    policy = Queueing(max_attempts=2, backoff=NONE, retry_on="errors")
    run_id = await submitted(store, a_job(queueing=policy))

    states = [(await attempted(store, run_id, RAISED)).state for _ in range(2)]

    assert states == ["queued", "failed"]
    assert (await kept(store.runs, run_id)).attempts == 2


async def test_the_next_attempt_waits_for_its_time_and_holds_up_no_other_run(
    store: Store,
) -> None:
    run_id = await submitted(store, a_job(queueing=Queueing(backoff=timedelta(hours=1))))
    behind = await submitted(store)

    await attempted(store, run_id, KILLED)

    assert [*await store.jobs.ready(9)] == [behind]


async def test_jobs_of_higher_priority_come_first(store: Store) -> None:
    ids = [
        await submitted(store, a_job(step, queueing=Queueing(priority=priority)))
        for step, priority in (("a", 0), ("a", 1), ("b", -1), (None, 5))
    ]

    assert [*await store.jobs.ready(9)] == [ids[3], ids[1], ids[2]]


async def test_no_more_runs_of_a_step_wait_than_it_allows(store: Store) -> None:
    policy = Queueing(limit=2)
    for _ in range(2):
        await submitted(store, a_job(queueing=policy))

    with pytest.raises(Busy, match="2 runs wait of the step"):
        await store.jobs.submit(a_job(queueing=policy))

    await submitted(store, a_job("another", queueing=policy))


async def test_a_run_that_waits_takes_the_inputs_of_the_next_one_where_they_coalesce(
    store: Store,
) -> None:
    policy = Queueing(coalesce=True)
    run_id = await submitted(store, a_job(queueing=policy))

    again = await store.jobs.submit(a_job(queueing=policy, document=b'{"newer": 1}'))

    assert again.id == run_id
    job = await store.jobs.get(run_id)
    assert job is not None
    assert job.document == b'{"newer": 1}'
    await taken(store, run_id)
    assert (await store.jobs.submit(a_job(queueing=policy))).id != run_id


# Dead letters


async def a_dead_letter(store: Store) -> RunId:
    run_id = await submitted(store)
    await attempted(store, run_id, RAISED)
    return run_id


async def test_a_run_that_failed_for_the_last_time_is_a_dead_letter(store: Store) -> None:
    dead = await a_dead_letter(store)
    claim = await claimed(store.runs)
    await store.runs.finish(claim, a_run(claim, "failed"), None)

    found = await store.jobs.list(dead_letters=True, limit=9)

    assert [(run.id, run.dead_letter) for run in found] == [(dead, True)]


async def test_a_dead_letter_is_redriven_as_another_run_with_its_order(store: Store) -> None:
    dead = await a_dead_letter(store)

    run = await store.jobs.redrive(dead)

    assert (run.state, run.attempts) == ("queued", 0)
    job = await store.jobs.get(RunId(run.id))
    assert job is not None
    assert (job.document, job.origin) == (b'{"an": "order"}', "redrive")
    (listed,) = await store.jobs.list(state="queued", limit=9)
    assert (listed.origin, listed.parent_id) == ("redrive", dead)
    assert (await kept(store.runs, dead)).state == "failed"


async def test_a_dead_letter_is_redriven_once(store: Store) -> None:
    dead = await a_dead_letter(store)
    await store.jobs.redrive(dead)

    with pytest.raises(NotDead):
        await store.jobs.redrive(dead)

    assert await store.jobs.list(dead_letters=True, limit=9) == []


async def test_what_waits_succeeded_or_is_unknown_cannot_be_redriven(store: Store) -> None:
    waiting = await submitted(store)
    ended = await a_cycle(store.runs, b"1", a_ticket("another"))

    for run_id in (waiting, RunId(ended.id)):
        with pytest.raises(NotDead):
            await store.jobs.redrive(run_id)
    with pytest.raises(UnknownRun):
        await store.jobs.redrive(RunId("nobody"))


# Cancelling


async def test_a_run_that_waits_is_cancelled_at_once(store: Store) -> None:
    run_id = await submitted(store)

    run = await store.jobs.cancel(run_id)

    assert run is not None
    assert (run.state, run.status and run.status.code) == ("cancelled", 303)
    assert await kept(store.runs, run_id) == run
    assert [*await store.jobs.ready(10)] == []


async def test_who_performs_a_run_is_told_that_somebody_wishes_its_end(
    store: Store, other: Store
) -> None:
    claim = await claimed(store.runs)

    run = await other.jobs.cancel(claim.run_id)

    assert run is not None
    assert run.state == "running"
    assert await store.jobs.to_cancel() == [claim.run_id]
    await store.runs.finish(claim, a_run(claim, "cancelled"), None)
    assert await store.jobs.to_cancel() == []


async def test_a_run_that_is_to_be_cancelled_and_is_lost_ends_as_cancelled(
    open_store: Opens,
) -> None:
    async with open_store() as store:
        run_id = await submitted(store)
        await taken(store, run_id)
        await store.jobs.cancel(run_id)

    async with open_store() as store:
        assert (await kept(store.runs, run_id)).state == "cancelled"


async def test_a_run_that_has_ended_stays_as_it_is_when_it_is_cancelled(store: Store) -> None:
    run = await a_cycle(store.runs, b"1")

    assert await store.jobs.cancel(RunId(run.id)) == run


async def test_an_unknown_run_cannot_be_cancelled(store: Store) -> None:
    assert await store.jobs.cancel(RunId("nobody")) is None


# Keys


async def test_a_repeated_key_is_given_the_run_that_waits(store: Store, other: Store) -> None:
    run_id = await submitted(store, a_job(key="k"))

    assert (await other.jobs.submit(a_job(key="k"))).id == run_id
    assert [*await store.jobs.ready(10)] == [run_id]


async def test_a_repeated_key_is_given_the_answer_that_is_kept(store: Store) -> None:
    run = await a_cycle(store.runs, b"1", a_ticket(key="k"))

    assert await store.jobs.submit(a_job(key="k")) == run


async def test_a_key_with_another_body_is_refused(store: Store) -> None:
    await submitted(store, a_job(key="k"))

    with pytest.raises(KeyReused):
        await store.jobs.submit(a_job(ticket=a_ticket(key="k", body=b"other")))


async def test_the_run_under_a_key_is_found_while_it_waits(store: Store, other: Store) -> None:
    run_id = await submitted(store, a_job(key="k"))

    known = await other.runs.under_key(a_ticket(key="k"))

    assert known is not None
    assert (known.id, known.state) == (run_id, "queued")
    assert await other.runs.under_key(a_ticket(key="l")) is None
    assert await other.runs.under_key(a_ticket()) is None


async def test_a_killed_run_is_made_again_under_its_key(store: Store) -> None:
    claim = await claimed(store.runs, a_ticket(key="k"))
    await store.runs.finish(claim, killed(a_run(claim, "failed")), None)

    again = await claimed(store.runs, a_ticket(key="k"))

    assert (again.run_id, again.attempt) == (claim.run_id, 2)


async def test_a_killed_run_is_made_again_as_a_job_under_its_key(store: Store) -> None:
    claim = await claimed(store.runs, a_ticket(key="k"))
    await store.runs.finish(claim, killed(a_run(claim, "failed")), None)

    run_id = await submitted(store, a_job(key="k"))

    assert run_id == claim.run_id
    assert (await taken(store, run_id)).attempt == 2


# The list


async def test_runs_are_listed_newest_first_and_in_parts(store: Store) -> None:
    ids = [await submitted(store, a_job(None)) for _ in range(5)]

    first = await store.jobs.list(limit=3)
    rest = await store.jobs.list(before=RunId(first[-1].id), limit=3)

    assert [run.id for run in (*first, *rest)] == ids[::-1]


async def test_runs_are_listed_by_step_and_by_state(store: Store) -> None:
    ended = await a_cycle(store.runs, b"1")
    waiting = await submitted(store)
    await submitted(store, a_job("another"))

    of_step = await store.jobs.list(step_id=STEP, limit=9)
    succeeded = await store.jobs.list(state="succeeded", limit=9)

    assert [run.id for run in of_step] == [waiting, ended.id]
    assert [(run.id, run.row_count) for run in succeeded] == [(ended.id, 1)]


# Forgetting


async def test_a_run_that_ended_long_ago_is_forgotten_and_its_checkpoint_is_not(
    store: Store,
) -> None:
    run = await a_cycle(store.runs, b"1", a_ticket(key="k"))
    waiting = await submitted(store)

    assert await store.jobs.forget(days=0) == 1
    assert await store.jobs.forget(days=0) == 0

    assert await store.runs.get(RunId(run.id)) is None
    assert await store.notices.is_over(RunId(run.id)) is None
    checkpoint = await store.checkpoints.get(STEP)
    assert checkpoint is not None
    assert checkpoint.value == b"1"
    assert (await kept(store.runs, waiting)).state == "queued"


async def test_a_run_that_ended_lately_is_not_forgotten(store: Store) -> None:
    await a_cycle(store.runs, b"1")

    assert await store.jobs.forget(days=1) == 0


# Rows in chunks, and the schema that they had


async def test_a_deferred_run_that_succeeded_has_the_rows_of_its_chunks_and_their_schema(
    store: Store,
) -> None:
    claim = await taken(store, await submitted(store))
    await store.runs.add_chunk(claim, 0, b'[{"id":1}]')
    await store.runs.add_chunk(claim, 1, b'[{"id":2}]')
    streamed = msgspec.structs.replace(a_run(claim, rows=b"null"), row_count=2)
    await store.runs.finish(claim, streamed, b"2", (), b'{"a":"schema"}')

    assert bytes((await kept(store.runs, claim.run_id)).rows) == b'[{"id":1},{"id":2}]'
    assert await store.runs.output_schema(claim.run_id) == b'{"a":"schema"}'


async def test_an_attempt_that_is_tried_again_leaves_no_chunks_to_the_next_one(
    store: Store,
) -> None:
    run_id = await submitted(store)
    claim = await taken(store, run_id)
    await store.runs.add_chunk(claim, 0, b'[{"id":1}]')
    killed = msgspec.structs.replace(
        a_run(claim, "failed"), error=msgspec.Raw(b'{"code":"killed","retryable":true}')
    )
    queued = await store.runs.finish(claim, killed, None)

    assert queued.state == "queued"
    assert await store.runs.chunk(run_id, 0) is None
    with pytest.raises(StaleCheckpoint):
        await store.runs.add_chunk(claim, 0, b'[{"id":1}]')
