"""What every store promises of checkpoints."""

from datetime import UTC, datetime, timedelta

import pytest

from processor.errors import VersionMoved
from processor.step import StepId
from tests.store.build import STEP, Store, a_cycle


async def test_a_step_that_never_ran_has_no_checkpoint(store: Store) -> None:
    assert await store.checkpoints.get(STEP) is None


async def test_a_step_that_never_ran_has_no_history(store: Store) -> None:
    assert await store.checkpoints.history(STEP, below_version=None, limit=10) == []


async def test_a_checkpoint_can_be_set_before_the_first_run(store: Store) -> None:
    checkpoint = await store.checkpoints.set(STEP, b'"2024-01-01"', expected_version=None)

    assert (checkpoint.version, checkpoint.value) == (1, b'"2024-01-01"')
    assert await store.checkpoints.get(STEP) == checkpoint


async def test_a_checkpoint_that_was_set_is_of_no_run(store: Store) -> None:
    checkpoint = await store.checkpoints.set(STEP, b"1", expected_version=None)

    assert checkpoint.run_id is None


async def test_a_checkpoint_keeps_the_bytes_it_was_given(store: Store) -> None:
    value = '{"a": 1.0, "é": [1e16, 12345678901234567890]}'.encode()

    await store.checkpoints.set(STEP, value, expected_version=None)

    checkpoint = await store.checkpoints.get(STEP)
    assert checkpoint is not None
    assert checkpoint.value == value


async def test_the_time_of_a_move_is_an_instant_of_now(store: Store) -> None:
    checkpoint = await store.checkpoints.set(STEP, b"1", expected_version=None)

    assert checkpoint.updated_at is not None
    assert abs(checkpoint.updated_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_expected_version_nought_sets_what_is_not_there(store: Store) -> None:
    assert (await store.checkpoints.set(STEP, b"1", expected_version=0)).version == 1


async def test_expected_version_nought_refuses_what_is_there(store: Store) -> None:
    await store.checkpoints.set(STEP, b"1", expected_version=None)

    with pytest.raises(VersionMoved):
        await store.checkpoints.set(STEP, b"2", expected_version=0)


async def test_the_current_version_can_be_set_over(store: Store) -> None:
    first = await store.checkpoints.set(STEP, b"1", expected_version=None)

    second = await store.checkpoints.set(STEP, b"2", expected_version=first.version)

    assert (second.version, second.value) == (2, b"2")


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
async def test_another_version_than_the_current_one_changes_nothing(
    store: Store, expected: int
) -> None:
    await store.checkpoints.set(STEP, b"1", expected_version=None)
    current = await store.checkpoints.set(STEP, b"2", expected_version=None)

    with pytest.raises(VersionMoved):
        await store.checkpoints.set(STEP, b"3", expected_version=expected)

    assert await store.checkpoints.get(STEP) == current


async def test_a_reset_is_a_move_to_null(store: Store) -> None:
    await store.checkpoints.set(STEP, b"1", expected_version=None)

    checkpoint = await store.checkpoints.reset(STEP, expected_version=1)

    assert (checkpoint.version, checkpoint.value) == (2, b"null")


async def test_a_stale_reset_is_refused(store: Store) -> None:
    await store.checkpoints.set(STEP, b"1", expected_version=None)

    with pytest.raises(VersionMoved):
        await store.checkpoints.reset(STEP, expected_version=2)


async def test_the_history_tells_each_move_newest_first(store: Store) -> None:
    run = await a_cycle(store.runs, b"1")
    await store.checkpoints.set(STEP, b"9", expected_version=None)
    await store.checkpoints.reset(STEP, expected_version=None)

    moves = await store.checkpoints.history(STEP, below_version=None, limit=10)

    assert [(move.version, move.value, move.source, move.run_id) for move in moves] == [
        (3, b"null", "reset", None),
        (2, b"9", "manual", None),
        (1, b"1", "run", run.id),
    ]


async def test_the_history_can_be_read_in_parts(store: Store) -> None:
    for value in (b"1", b"2", b"3", b"4"):
        await store.checkpoints.set(STEP, value, expected_version=None)

    first = await store.checkpoints.history(STEP, below_version=None, limit=2)
    rest = await store.checkpoints.history(STEP, below_version=first[-1].version, limit=2)

    assert [move.version for move in first + rest] == [4, 3, 2, 1]


async def test_steps_have_checkpoints_of_their_own(store: Store) -> None:
    await store.checkpoints.set(STEP, b"1", expected_version=None)

    assert await store.checkpoints.get(StepId("task-42/step-8")) is None
