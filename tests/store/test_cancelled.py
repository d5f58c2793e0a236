"""Claims and finishes whose caller is cancelled, at every moment that matters."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from processor.identity import DEFAULT_TENANT
from processor.run import Run
from processor.store import sqlite
from processor.store.kept import Store
from tests.store.build import STEP, a_run, a_ticket, claimed, kept, until, writer_of


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with sqlite.opened(tmp_path) as opened:
        yield opened


def running(store: Store) -> int:
    query = "SELECT count(*) FROM run WHERE state = 'running'"
    return int(writer_of(store)[1].execute(query).fetchone()[0])


async def occupied(thread: ThreadPoolExecutor, gate: threading.Event) -> None:
    """Keep a thread busy until the gate opens."""
    waiting = threading.Event()

    def wait() -> None:
        waiting.set()
        gate.wait()

    thread.submit(wait)
    await until(waiting.is_set)


async def test_a_claim_that_is_cancelled_while_it_is_written_is_given_back(
    store: Store,
) -> None:
    thread, gate = writer_of(store)[0], threading.Event()
    await occupied(thread, gate)
    claiming = asyncio.get_running_loop().create_task(store.runs.claim(a_ticket(key="k")))
    await until(lambda: thread._work_queue.qsize() == 1)

    claiming.cancel()
    gate.set()
    await asyncio.wait([claiming])

    assert claiming.cancelled()
    assert running(store) == 0
    again = await claimed(store.runs, a_ticket(key="k"))
    assert (again.attempt, again.fence) == (2, 3)


@pytest.mark.parametrize("key", [None, "k"])
async def test_a_claim_that_is_cancelled_at_any_moment_leaves_the_step_free(
    store: Store, key: str | None
) -> None:
    for patience in range(100):
        claiming = asyncio.get_running_loop().create_task(store.runs.claim(a_ticket(key=key)))
        for _ in range(patience * patience):
            await asyncio.sleep(0)
        claiming.cancel()
        await asyncio.wait([claiming])
        if not claiming.cancelled():
            break  # it was claimed before it could be cancelled
    else:
        pytest.fail("no claim came through")

    claim = claiming.result()
    assert not isinstance(claim, Run)
    assert (await store.runs.finish(claim, a_run(claim), b"1")).state == "succeeded"


async def test_a_finish_that_is_cancelled_is_kept_and_frees_the_step(store: Store) -> None:
    claim = await claimed(store.runs)
    thread, gate = writer_of(store)[0], threading.Event()
    await occupied(thread, gate)
    finishing = asyncio.get_running_loop().create_task(store.runs.finish(claim, a_run(claim), b"1"))
    await until(lambda: thread._work_queue.qsize() == 1)

    finishing.cancel()
    gate.set()
    await asyncio.wait([finishing])

    assert finishing.cancelled()
    assert (await kept(store.runs, claim.run_id)).state == "succeeded"
    assert (await claimed(store.runs)).fence == claim.fence + 1


async def test_a_waiting_claim_that_is_cancelled_lets_the_next_one_through(
    store: Store,
) -> None:
    first = await claimed(store.runs)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(store.runs.claim(a_ticket()))
        behind = tasks.create_task(claimed(store.runs))
        await until(lambda: store.runs._turns._interested[DEFAULT_TENANT, STEP] == 3)
        waiting.cancel()
        await store.runs.finish(first, a_run(first), b"1")

    following = behind.result()
    assert following.fence == first.fence + 1
    await store.runs.finish(following, a_run(following), b"2")
    assert store.runs._turns._interested == {}
