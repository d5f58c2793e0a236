"""What goes wrong between a claim and its finish, other than by the end of the process."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from processor.errors import ProcessorFault, StaleCheckpoint
from processor.store import sqlite
from processor.store.kept import Keeping, Store
from tests.store.build import STEP, a_cycle, a_run, a_ticket, claimed, kept, writer_of


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with sqlite.opened(tmp_path) as opened:
        yield opened


def writing(store: Store) -> sqlite3.Connection:
    return writer_of(store)[1]


def fill_the_disk(store: Store) -> None:
    pages = writing(store).execute("PRAGMA page_count").fetchone()[0]
    writing(store).execute(f"PRAGMA max_page_count = {pages}")


def clear_the_disk(store: Store) -> None:
    writing(store).execute("PRAGMA max_page_count = 1000000")


LARGE = b'["' + b"x" * 100_000 + b'"]'


async def test_a_full_disk_is_our_fault_and_keeps_nothing(store: Store) -> None:
    claim = await claimed(store.runs)
    fill_the_disk(store)

    with pytest.raises(ProcessorFault, match="full"):
        await store.runs.finish(claim, a_run(claim, rows=LARGE), b"1")

    assert await store.checkpoints.get(STEP) is None


async def test_a_run_that_could_not_be_kept_can_be_finished_again(store: Store) -> None:
    claim = await claimed(store.runs)
    fill_the_disk(store)
    with pytest.raises(ProcessorFault):
        await store.runs.finish(claim, a_run(claim, rows=LARGE), b"1")
    clear_the_disk(store)

    run = await store.runs.finish(claim, a_run(claim, rows=LARGE), b"1")

    assert run.checkpoint is not None
    assert run.checkpoint.version == 1


async def test_a_run_that_could_not_be_kept_does_not_block_its_step(store: Store) -> None:
    claim = await claimed(store.runs)
    fill_the_disk(store)
    with pytest.raises(ProcessorFault):
        await store.runs.finish(claim, a_run(claim, rows=LARGE), b"1")
    clear_the_disk(store)

    following = await claimed(store.runs)

    assert following.fence > claim.fence
    assert (await kept(store.runs, claim.run_id)).state == "failed"


async def test_a_run_that_could_not_be_kept_is_claimed_again_by_its_key(
    store: Store,
) -> None:
    claim = await claimed(store.runs, a_ticket(key="k"))
    fill_the_disk(store)
    with pytest.raises(ProcessorFault):
        await store.runs.finish(claim, a_run(claim, rows=LARGE), b"1")
    clear_the_disk(store)

    again = await claimed(store.runs, a_ticket(key="k"))

    assert (again.run_id, again.attempt) == (claim.run_id, 2)


async def test_a_database_that_another_holds_too_long_is_our_fault(
    store: Store, tmp_path: Path
) -> None:
    writing(store).execute("PRAGMA busy_timeout = 0")

    with closing(sqlite3.connect(tmp_path / "processor.db", isolation_level=None)) as holding:
        holding.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProcessorFault, match="locked"):
            await store.runs.claim(a_ticket())

    assert (await claimed(store.runs)).fence == 1


async def lose_to_another(store: Store, tmp_path: Path) -> None:
    """Let another process take this one for dead, as where its lock file was deleted."""
    for lock in (tmp_path / "executors").iterdir():
        lock.unlink()
    async with sqlite.opened(tmp_path):
        pass


async def test_a_run_of_a_process_that_was_taken_for_dead_cannot_move_the_checkpoint(
    store: Store, tmp_path: Path
) -> None:
    claim = await claimed(store.runs)
    await lose_to_another(store, tmp_path)

    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), b"1")

    assert await store.checkpoints.get(STEP) is None


async def test_a_run_of_a_process_that_was_taken_for_dead_does_not_succeed_without_its_lease(
    store: Store, tmp_path: Path
) -> None:
    claim = await claimed(store.runs)
    await lose_to_another(store, tmp_path)

    with pytest.raises(StaleCheckpoint):
        await store.runs.finish(claim, a_run(claim), None)


async def test_a_run_of_a_process_that_was_taken_for_dead_is_recorded_as_failed(
    store: Store, tmp_path: Path
) -> None:
    claim = await claimed(store.runs)
    await lose_to_another(store, tmp_path)

    run = await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert await kept(store.runs, claim.run_id) == run
    assert msgspec.json.decode(run.error)["code"] == "statement_raised"


async def test_a_late_finish_leaves_the_next_attempt_and_its_lease_alone(
    store: Store, tmp_path: Path
) -> None:
    claim = await claimed(store.runs, a_ticket(key="k"))
    for lock in (tmp_path / "executors").iterdir():
        lock.unlink()

    async with sqlite.opened(tmp_path) as other:
        again = await claimed(other.runs, a_ticket(key="k"))
        with pytest.raises(StaleCheckpoint):
            await store.runs.finish(claim, a_run(claim), b"1")
        await store.runs.finish(claim, a_run(claim, "failed"), None)
        assert (await kept(store.runs, claim.run_id)).state == "running"
        run = await other.runs.finish(again, a_run(again), b"2")

    assert (run.state, run.attempts, run.checkpoint and run.checkpoint.version) == (
        "succeeded",
        2,
        1,
    )


async def test_steps_that_nobody_waits_for_are_forgotten(store: Store) -> None:
    await a_cycle(store.runs, b"1")

    assert (store.runs._turns._locks, store.runs._turns._interested) == ({}, {})
    assert store.runs._held == {}


async def test_a_key_is_forgotten_after_its_time(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path, Keeping(keys_for=timedelta(seconds=-1))) as store:
        first = await a_cycle(store.runs, b"1", a_ticket(key="k"))

        second = await claimed(store.runs, a_ticket(key="k", body=b"another"))

    assert second.run_id != first.id


async def test_a_key_is_remembered_within_its_time(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path, Keeping(keys_for=timedelta(minutes=1))) as store:
        first = await a_cycle(store.runs, b"1", a_ticket(key="k"))

        assert await store.runs.claim(a_ticket(key="k")) == first


async def test_a_finish_returns_only_once_it_is_on_the_disk(store: Store) -> None:
    await a_cycle(store.runs, b"1")

    full = 2
    assert writing(store).execute("PRAGMA synchronous").fetchone()[0] == full


async def test_a_checkpoints_history_cannot_be_rewritten(store: Store) -> None:
    await a_cycle(store.runs, b"1")

    with pytest.raises(sqlite3.IntegrityError, match="another entry"):
        writing(store).execute("UPDATE checkpoint SET version = version")


async def test_a_closed_store_leaves_no_process_behind(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path):
        pass

    assert list((tmp_path / "executors").iterdir()) == []
