"""What every store promises of runs: claimed once, finished once, kept whole."""

import asyncio
from contextlib import suppress

import msgspec
import pytest

from processor.errors import KeyReused, StaleCheckpoint
from processor.run import Claim, Movement, Run, RunId, Ticket
from processor.runtime.contract import Figure
from processor.step import StepId
from tests.store.build import (
    STEP,
    Opens,
    Store,
    a_cycle,
    a_run,
    a_ticket,
    asked,
    claimed,
    kept,
)


def moved(run: Run) -> Movement:
    assert run.checkpoint is not None
    return run.checkpoint


# Claims


async def test_the_first_claim_of_a_step_starts_from_null(store: Store) -> None:
    claim = await claimed(store.runs)

    assert claim.checkpoint is not None
    assert (claim.checkpoint.value, claim.checkpoint.version) == (b"null", 0)


async def test_a_claim_reads_the_checkpoint_that_was_left(store: Store) -> None:
    await a_cycle(store.runs, b'"2024-01-01"')

    claim = await claimed(store.runs)

    assert claim.checkpoint is not None
    assert (claim.checkpoint.value, claim.checkpoint.version) == (b'"2024-01-01"', 1)


async def test_a_claim_without_a_step_has_no_checkpoint(store: Store) -> None:
    assert (await claimed(store.runs, a_ticket(step_id=None))).checkpoint is None


async def test_a_claim_has_a_higher_fence_than_all_before(store: Store) -> None:
    fences = []
    for move in (b"1", None, b"2"):
        claim = await claimed(store.runs)
        fences.append(claim.fence)
        await store.runs.finish(claim, a_run(claim), move)

    assert fences == sorted(set(fences))


async def test_runs_without_a_step_do_not_wait_for_each_other(store: Store) -> None:
    first = await claimed(store.runs, a_ticket(step_id=None))
    second = await claimed(store.runs, a_ticket(step_id=None))

    assert first.run_id != second.run_id


async def test_different_steps_do_not_wait_for_each_other(store: Store) -> None:
    await claimed(store.runs, a_ticket("a"))

    assert (await claimed(store.runs, a_ticket("b"))).ticket.step_id == "b"


async def test_claims_of_one_step_come_one_after_the_other_in_their_order(store: Store) -> None:
    first = await claimed(store.runs)
    order = []

    async def cycle(name: int) -> None:
        claim = await claimed(store.runs)
        order.append((name, claim.fence - first.fence))
        await store.runs.finish(claim, a_run(claim), b"%d" % name)

    async with asyncio.TaskGroup() as tasks:
        for name in range(1, 6):
            tasks.create_task(cycle(name))
        await store.runs.finish(first, a_run(first), b"0")

    assert order == [(name, name) for name in range(1, 6)]


async def test_a_claim_waits_for_a_run_of_another_process(store: Store, other: Store) -> None:
    first = await claimed(store.runs)

    async with asyncio.TaskGroup() as tasks:
        second = tasks.create_task(claimed(other.runs))
        await asked(other)
        await store.runs.finish(first, a_run(first), b"1")

    checkpoint = second.result().checkpoint
    assert checkpoint is not None
    assert checkpoint.value == b"1"


async def test_a_process_that_waited_first_comes_before_the_next_run_of_the_one_that_had_the_step(
    store: Store, other: Store
) -> None:
    first = await claimed(store.runs)
    order = []

    async def cycle(name: str, at: Store) -> None:
        claim = await claimed(at.runs)
        order.append(name)
        await at.runs.finish(claim, a_run(claim), None)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(cycle("other", other))
        await asked(other)
        for name in ("second", "third"):
            tasks.create_task(cycle(name, store))
        await asked(store)
        await store.runs.finish(first, a_run(first), None)

    assert order == ["other", "second", "third"]


async def test_a_process_that_has_given_up_its_turn_holds_up_nobody(
    open_store: Opens, store: Store
) -> None:
    async with open_store() as other:
        first = await claimed(store.runs)
        waiting = asyncio.get_running_loop().create_task(claimed(other.runs))
        await asked(other)
        waiting.cancel()
        await asyncio.wait([waiting])
    await store.runs.finish(first, a_run(first), None)

    assert (await claimed(store.runs)).fence == first.fence + 1


async def test_a_claim_that_is_cancelled_while_it_waits_leaves_no_trace(store: Store) -> None:
    first = await claimed(store.runs)
    waiting = asyncio.get_running_loop().create_task(claimed(store.runs))
    await asked(store)

    waiting.cancel()
    await asyncio.wait([waiting])
    await store.runs.finish(first, a_run(first), None)

    assert (await claimed(store.runs)).fence == first.fence + 1


# Finishes


async def test_what_finish_gives_is_what_get_gives_byte_for_byte(store: Store) -> None:
    run = await a_cycle(store.runs, b"2")

    assert msgspec.json.encode(await store.runs.get(RunId(run.id))) == msgspec.json.encode(run)


async def test_a_finished_run_outlives_its_process(open_store: Opens) -> None:
    async with open_store() as store:
        run = await a_cycle(store.runs, b"2")

    async with open_store() as store:
        assert await kept(store.runs, run.id) == run


async def test_a_success_moves_the_checkpoint(store: Store) -> None:
    await a_cycle(store.runs, b"1")

    run = await a_cycle(store.runs, b"2")

    assert moved(run) == Movement(
        before=msgspec.Raw(b"1"), after=msgspec.Raw(b"2"), committed=True, version=2
    )


async def test_a_success_without_a_value_leaves_the_checkpoint(store: Store) -> None:
    await a_cycle(store.runs, b"1")

    run = await a_cycle(store.runs, None)

    assert moved(run) == Movement(
        before=msgspec.Raw(b"1"), after=msgspec.Raw(b"1"), committed=False, version=1
    )


async def test_a_success_of_no_step_tells_of_no_checkpoint(store: Store) -> None:
    run = await a_cycle(store.runs, None, a_ticket(step_id=None))

    assert run.checkpoint is None


@pytest.mark.parametrize("state", ["failed", "cancelled"])
async def test_a_failure_leaves_the_checkpoint_and_frees_the_step(store: Store, state: str) -> None:
    await a_cycle(store.runs, b"1")
    claim = await claimed(store.runs)

    run = await store.runs.finish(
        claim, msgspec.structs.replace(a_run(claim, "failed"), state=state), None
    )

    assert (moved(run).version, run.state) == (1, state)
    assert (await claimed(store.runs)).fence == claim.fence + 1


async def test_the_time_of_the_commit_is_kept_with_the_others(store: Store) -> None:
    run = await a_cycle(store.runs, b"1")

    timings = msgspec.json.decode((await kept(store.runs, run.id)).timings)
    assert set(timings) == {"queue_ms", "execute_ms", "commit_ms"}
    assert 0 < timings["commit_ms"] < 60_000


async def test_timings_that_are_not_known_become_those_of_the_commit(store: Store) -> None:
    claim = await claimed(store.runs)

    run = await store.runs.finish(
        claim,
        msgspec.structs.replace(a_run(claim, "failed"), timings=msgspec.Raw(b"null")),
        None,
    )

    assert set(msgspec.json.decode(run.timings)) == {"commit_ms"}


async def test_an_unknown_run_is_none(store: Store) -> None:
    assert await store.runs.get(RunId("01J00000000000000000000000")) is None


async def test_a_run_under_way_is_shown_without_an_answer(store: Store, other: Store) -> None:
    claim = await claimed(store.runs)

    run = await kept(other.runs, claim.run_id)

    assert (run.state, run.status, run.attempts) == ("running", None, 1)
    assert (run.rows, run.error, run.checkpoint) == (
        msgspec.Raw(b"null"),
        msgspec.Raw(b"null"),
        None,
    )
    assert (run.step_id, run.trace_id) == (STEP, claim.ticket.trace_id)


async def test_finishing_twice_gives_what_was_kept_the_first_time(store: Store) -> None:
    claim = await claimed(store.runs)
    first = await store.runs.finish(claim, a_run(claim), b"1")

    second = await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert second == first


async def test_finishing_twice_moves_the_checkpoint_once(store: Store) -> None:
    claim = await claimed(store.runs)
    await store.runs.finish(claim, a_run(claim), b"1")

    await store.runs.finish(claim, a_run(claim), b"1")

    assert len(await store.checkpoints.history(STEP, below_version=None, limit=9)) == 1


# A checkpoint that moves under a run


async def test_a_manual_set_under_a_run_makes_it_stale(store: Store) -> None:
    claim = await claimed(store.runs)
    await store.checkpoints.set(STEP, b"9", expected_version=None)

    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1")


async def test_a_stale_run_keeps_nothing(store: Store) -> None:
    claim = await claimed(store.runs)
    current = await store.checkpoints.set(STEP, b"9", expected_version=None)

    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1")

    assert (await kept(store.runs, claim.run_id)).state == "running"
    assert await store.checkpoints.get(STEP) == current


async def test_a_stale_run_can_be_finished_as_failed_and_tells_where_the_checkpoint_is(
    store: Store,
) -> None:
    claim = await claimed(store.runs)
    await store.checkpoints.set(STEP, b"9", expected_version=None)
    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1")

    run = await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert await kept(store.runs, claim.run_id) == run
    assert moved(run) == Movement(
        before=msgspec.Raw(b"null"), after=msgspec.Raw(b"9"), committed=False, version=1
    )


@pytest.mark.parametrize("same", [True, False])
async def test_a_stale_run_holds_its_step_until_it_is_finished_as_failed(
    store: Store, other: Store, same: bool
) -> None:
    another = store if same else other
    claim = await claimed(store.runs)
    await store.checkpoints.set(STEP, b"9", expected_version=None)
    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1")

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(claimed(another.runs))
        await asked(another)
        assert not following.done()
        await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert following.result().fence == claim.fence + 1


async def test_a_manual_set_under_a_run_that_moves_nothing_does_not_disturb_it(
    store: Store,
) -> None:
    claim = await claimed(store.runs)
    await store.checkpoints.set(STEP, b"9", expected_version=None)

    run = await store.runs.finish(claim, a_run(claim), None)

    assert (run.state, moved(run).version) == ("succeeded", 1)


# Idempotency keys


async def test_a_repeated_key_is_given_the_kept_answer(store: Store) -> None:
    run = await a_cycle(store.runs, b"1", a_ticket(key="k"))

    repeated = await store.runs.claim(a_ticket(key="k"))

    assert isinstance(repeated, Run)
    assert msgspec.json.encode(repeated) == msgspec.json.encode(run)


async def test_a_repeated_key_of_a_failed_run_is_given_its_failure(store: Store) -> None:
    claim = await claimed(store.runs, a_ticket(key="k"))
    run = await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert await store.runs.claim(a_ticket(key="k")) == run


async def test_a_key_with_another_body_is_refused(store: Store) -> None:
    await a_cycle(store.runs, b"1", a_ticket(key="k"))

    with pytest.raises(KeyReused):
        await store.runs.claim(a_ticket(key="k", body=b"another"))


async def test_a_key_with_another_body_is_refused_while_its_run_is_under_way(
    store: Store,
) -> None:
    await claimed(store.runs, a_ticket(key="k"))

    with pytest.raises(KeyReused):
        await store.runs.claim(a_ticket(key="k", body=b"another"))


async def test_other_keys_make_other_runs(store: Store) -> None:
    first = await a_cycle(store.runs, b"1", a_ticket(key="k"))
    second = await a_cycle(store.runs, b"2", a_ticket(key="l"))

    assert first.id != second.id


@pytest.mark.parametrize("step_id", [STEP, None])
async def test_a_repeated_key_joins_the_run_that_is_under_way(
    store: Store, step_id: StepId | None
) -> None:
    ticket = a_ticket(step_id, key="k")

    assert await _joined(store, store, ticket)


@pytest.mark.parametrize("step_id", [STEP, None])
async def test_a_repeated_key_joins_the_run_of_another_process(
    store: Store, other: Store, step_id: StepId | None
) -> None:
    ticket = a_ticket(step_id, key="k")

    assert await _joined(store, other, ticket)


async def _joined(store: Store, joining: Store, ticket: Ticket) -> bool:
    claim = await claimed(store.runs, ticket)
    async with asyncio.TaskGroup() as tasks:
        joined = [tasks.create_task(joining.runs.claim(ticket)) for _ in range(3)]
        await asked(joining)
        run = await store.runs.finish(claim, a_run(claim), None)
    return all(task.result() == run for task in joined)


@pytest.mark.parametrize("step_id", [STEP, None])
async def test_one_key_sent_many_times_at_once_makes_one_run(
    store: Store, other: Store, step_id: StepId | None
) -> None:
    claims = []

    async def send(store: Store) -> Run:
        given = await store.runs.claim(a_ticket(step_id, key="k"))
        if isinstance(given, Run):
            return given
        claims.append(given)
        return await store.runs.finish(given, a_run(given), None)

    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(send(one)) for one in (store, other) * 5]

    assert len(claims) == 1
    assert len({msgspec.json.encode(answer.result()) for answer in answers}) == 1


async def test_a_cancelled_joiner_leaves_the_run_alone(store: Store) -> None:
    claim = await claimed(store.runs, a_ticket(key="k"))
    joining = asyncio.get_running_loop().create_task(store.runs.claim(a_ticket(key="k")))
    await asked(store)

    joining.cancel()
    await asyncio.wait([joining])
    run = await store.runs.finish(claim, a_run(claim), b"1")

    assert (run.state, moved(run).version) == ("succeeded", 1)


# Runs that a process leaves behind


async def test_a_run_that_its_process_left_is_shown_as_killed(open_store: Opens) -> None:
    async with open_store() as store:
        claim = await claimed(store.runs)

    async with open_store() as store:
        run = await kept(store.runs, claim.run_id)

    error = msgspec.json.decode(run.error)
    assert (run.state, run.status and run.status.code) == ("failed", 304)
    assert (error["code"], error["retryable"]) == ("killed", True)


async def test_a_step_that_a_process_left_can_be_claimed(open_store: Opens) -> None:
    async with open_store() as store:
        left = await claimed(store.runs)

    async with open_store() as store:
        assert (await claimed(store.runs)).fence > left.fence


async def test_a_key_that_a_process_left_is_the_next_attempt_of_its_run(
    open_store: Opens,
) -> None:
    async with open_store() as store:
        left = await claimed(store.runs, a_ticket(key="k"))

    async with open_store() as store:
        again = await claimed(store.runs, a_ticket(key="k"))
        run = await store.runs.finish(again, a_run(again), b"1")

        assert (again.run_id, again.attempt) == (left.run_id, 2)
        assert (run.state, run.attempts) == ("succeeded", 2)
        assert await store.runs.claim(a_ticket(key="k")) == run


# Figures

FIGURES = [Figure(png=b"\x89PNG one", svg=b"<?xml one"), Figure(png=b"\0", svg=b"")]


async def figures_of(store: Store, run_id: str) -> list[Figure | None]:
    return [await store.runs.figure(RunId(run_id), index) for index in range(3)]


async def test_figures_are_kept_with_their_run_in_their_order(store: Store, other: Store) -> None:
    claim = await claimed(store.runs)

    await store.runs.finish(claim, a_run(claim), None, FIGURES)

    assert await figures_of(store, claim.run_id) == [*FIGURES, None]
    assert await figures_of(other, claim.run_id) == [*FIGURES, None]


async def test_a_run_without_figures_has_none(store: Store) -> None:
    run = await a_cycle(store.runs, None)

    assert await figures_of(store, run.id) == [None, None, None]
    assert await store.runs.figure(RunId("nobody"), 0) is None
    assert await store.runs.figure(RunId(run.id), -1) is None


async def test_a_failed_run_has_its_figures(store: Store) -> None:
    claim = await claimed(store.runs)

    await store.runs.finish(claim, a_run(claim, "failed"), None, FIGURES[:1])

    assert await figures_of(store, claim.run_id) == [FIGURES[0], None, None]


async def test_figures_are_not_there_while_their_run_is_not_kept(store: Store) -> None:
    claim = await claimed(store.runs)
    await store.checkpoints.set(STEP, b"5", expected_version=None)

    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1", FIGURES)

    assert await figures_of(store, claim.run_id) == [None, None, None]


async def test_figures_of_a_run_that_is_finished_again_are_kept_once(store: Store) -> None:
    claim = await claimed(store.runs)
    await store.checkpoints.set(STEP, b"5", expected_version=None)
    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1", FIGURES)

    await store.runs.finish(claim, a_run(claim, "failed"), None, FIGURES)
    await store.runs.finish(claim, a_run(claim, "failed"), None, FIGURES[:1])

    assert await figures_of(store, claim.run_id) == [*FIGURES, None]


async def test_figures_of_two_runs_are_apart(store: Store) -> None:
    first = await claimed(store.runs)
    await store.runs.finish(first, a_run(first), None, FIGURES[:1])
    second = await claimed(store.runs)
    await store.runs.finish(second, a_run(second), None, FIGURES[1:])

    assert await figures_of(store, first.run_id) == [FIGURES[0], None, None]
    assert await figures_of(store, second.run_id) == [FIGURES[1], None, None]


async def test_of_two_attempts_the_figures_of_the_last_are_kept(open_store: Opens) -> None:
    async with open_store() as store:
        left = await claimed(store.runs, a_ticket(key="k"))

    async with open_store() as store:
        again = await claimed(store.runs, a_ticket(key="k"))
        await store.runs.finish(again, a_run(again), None, FIGURES[1:])

        assert (again.run_id, again.attempt) == (left.run_id, 2)
        assert await figures_of(store, left.run_id) == [FIGURES[1], None, None]


async def test_a_late_answer_of_an_earlier_attempt_leaves_no_figures(
    open_store: Opens, store: Store
) -> None:
    async with open_store() as other:
        left = await claimed(other.runs, a_ticket(key="k"))
    again = await claimed(store.runs, a_ticket(key="k"))

    with suppress(StaleCheckpoint):
        await store.runs.finish(left, a_run(left), None, FIGURES)
    await store.runs.finish(again, a_run(again), None, FIGURES[1:])

    assert await figures_of(store, left.run_id) == [FIGURES[1], None, None]


# Rows in chunks


def streamed(claim: Claim) -> Run:
    """Give the answer of a run whose rows are kept in chunks."""
    return msgspec.structs.replace(a_run(claim, rows=b"null"), row_count=3)


async def a_streamed_run(store: Store, key: str | None = None) -> Claim:
    claim = await claimed(store.runs, a_ticket(key=key))
    await store.runs.add_chunk(claim, 0, b'[{"id":1},{"id":2}]')
    await store.runs.add_chunk(claim, 1, b'[{"id":3}]')
    return claim


async def test_chunks_are_there_while_their_run_is_under_way(store: Store, other: Store) -> None:
    claim = await a_streamed_run(store)

    for each in (store, other):
        assert await each.runs.chunk(claim.run_id, 1) == b'[{"id":3}]'
        assert await each.runs.chunk(claim.run_id, 2) is None
        assert bytes((await kept(each.runs, claim.run_id)).rows) == b"null"


async def test_a_run_that_succeeded_has_the_rows_of_its_chunks(store: Store) -> None:
    claim = await a_streamed_run(store)

    answered = await store.runs.finish(claim, streamed(claim), b"3")

    whole = b'[{"id":1},{"id":2},{"id":3}]'
    assert bytes((await kept(store.runs, claim.run_id)).rows) == whole
    assert bytes((await store.runs.whole(answered)).rows) == whole
    glanced = await store.runs.glance(claim.run_id)
    assert glanced is not None
    assert (bytes(glanced.rows), glanced.row_count) == (b"null", 3)


async def test_a_run_without_chunks_is_whole_already(store: Store) -> None:
    claim = await claimed(store.runs)
    run = await store.runs.finish(claim, a_run(claim), None)

    assert await store.runs.whole(run) is run


async def test_a_run_that_failed_has_no_chunks(store: Store) -> None:
    claim = await a_streamed_run(store)

    await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert await store.runs.chunk(claim.run_id, 0) is None
    assert bytes((await kept(store.runs, claim.run_id)).rows) == b"null"


async def test_a_run_that_has_ended_takes_no_more_chunks(store: Store) -> None:
    claim = await a_streamed_run(store)
    await store.runs.finish(claim, streamed(claim), None)

    with pytest.raises(StaleCheckpoint):
        await store.runs.add_chunk(claim, 2, b"[]")

    assert await store.runs.chunk(claim.run_id, 2) is None


async def test_where_a_run_cannot_be_committed_its_chunks_are_forgotten(store: Store) -> None:
    claim = await a_streamed_run(store)
    await store.checkpoints.set(STEP, b"9", expected_version=None)

    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, streamed(claim), b"3")
    await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert await store.runs.chunk(claim.run_id, 0) is None


# Output schemas


async def test_a_run_keeps_the_schema_that_its_rows_had(store: Store) -> None:
    for schema in (b'{"type":"object"}', b'{"type":"array"}', b'{"type":"object"}'):
        claim = await claimed(store.runs)
        await store.runs.finish(claim, a_run(claim), None, (), schema)

        assert await store.runs.output_schema(claim.run_id) == schema


async def test_a_run_without_a_schema_has_none(store: Store) -> None:
    claim = await claimed(store.runs)
    await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert await store.runs.output_schema(claim.run_id) is None
    assert await store.runs.output_schema(RunId("nobody's")) is None
