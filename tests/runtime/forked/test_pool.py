"""Children that wait for runs: given out once, limited when they are, never when they are dead."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from processor.egress import read_policy
from processor.environment import is_light, light
from processor.runtime.contract import Exceeded, Refused, Returned
from processor.runtime.forked import ForkedRuntime, pool, terms_of
from processor.runtime.forked.pool import FLOOR, IDLE_SECONDS, Pool
from processor.runtime.forked.shelf import Shelf
from processor.runtime.jail import Terms

from .host import LIMITS, Host, descriptors, left_since, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")

TERMS = terms_of(LIMITS)
MOST = 6


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pooled() -> AsyncIterator[Host]:
    """Give a runtime that has children wait, of the terms that runs have unless told otherwise."""
    async with opened(ready=MOST) as host:
        await host.runtime.warm_up(host.environment, TERMS)
        yield host


async def full(host: Host) -> list[int]:
    """Give the processes of all that wait, once none is on its way any more."""
    host.runtime._pool.tidy(time.monotonic())
    async with asyncio.timeout(30):
        while host.runtime._pool._refilling or any(shelf.coming for shelf in shelves(host)):
            await asyncio.sleep(0.01)
    return [process for shelf in shelves(host) for process in processes(shelf)]


def shelves(host: Host) -> list[Shelf]:
    return list(host.runtime._pool._shelves.values())


def processes(shelf: Shelf) -> list[int]:
    return [each.ready.child.forked.process for each in shelf.waiting]


async def gone(host: Host) -> None:
    """Return once all that wait have ended."""
    async with asyncio.timeout(30):
        while any(each.ready.child.alive for shelf in shelves(host) for each in shelf.waiting):
            await asyncio.sleep(0.01)


def shelf_of(host: Host, terms: Terms = TERMS, *, packages: bool = False) -> Shelf:
    environment = host.environment if packages else light(host.environment)
    return host.runtime._pool._shelf(environment, terms)


@asynccontextmanager
async def taken(host: Host, terms: Terms = TERMS) -> AsyncIterator[int]:
    async with host.runtime._pool.child(light(host.environment), terms) as ready:
        yield ready.child.forked.process


async def test_a_run_has_a_child_that_waited_for_it(pooled: Host) -> None:
    before = await full(pooled)

    async with taken(pooled) as process:
        assert process in before


async def test_no_child_is_given_to_two_runs(pooled: Host) -> None:
    await full(pooled)
    async with AsyncExitStack() as held:
        given = [await held.enter_async_context(taken(pooled)) for _ in range(2 * MOST)]

    assert len(set(given)) == 2 * MOST


async def test_a_child_that_was_given_is_made_up_for(pooled: Host) -> None:
    await full(pooled)
    async with taken(pooled) as process:
        now = await full(pooled)

    assert process not in now
    assert len(now) >= 2 * FLOOR


async def test_where_others_wait_still_none_is_made_while_a_run_may_be_about_to_end(
    pooled: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "REST_SECONDS", 3600.0)
    shelf_of(pooled).target = FLOOR  # whatever tests before this one have asked for
    await full(pooled)
    async with taken(pooled):
        left = not any(shelf.coming for shelf in shelves(pooled))
        async with taken(pooled):
            none_left = any(shelf.coming for shelf in shelves(pooled))
    pooled.runtime._pool._refilling.cancel()  # type: ignore[union-attr] # it was set above
    pooled.runtime._pool._refill_all()

    assert (left, none_left) == (True, True)


async def test_what_was_taken_is_made_up_for_without_anybody_asking(pooled: Host) -> None:
    await full(pooled)
    async with taken(pooled), asyncio.timeout(30):
        while len(shelf_of(pooled).waiting) < FLOOR:
            await asyncio.sleep(0.01)


async def test_a_child_that_died_while_it_waited_is_not_given_out(pooled: Host) -> None:
    dead = await full(pooled)
    for shelf in shelves(pooled):
        for each in shelf.waiting:
            signal.pidfd_send_signal(each.ready.child.forked.handle, signal.SIGKILL)
    await gone(pooled)

    assert await pooled.rows("return [{'a': 1}]") == [{"a": 1}]
    async with taken(pooled) as process:
        assert process not in dead


async def test_children_whose_zygote_has_ended_are_not_given_out(pooled: Host) -> None:
    await full(pooled)
    pooled.zygote.close()

    assert await pooled.rows("return [{'a': 1}]") == [{"a": 1}]


@pytest.mark.parametrize(
    "draw",
    [
        "import random\nn = random.random()",
        "import numpy\nn = numpy.random.random()",
        "import ssl\nn = ssl.RAND_bytes(16).hex()",
        "n = __import__('json').codecs.builtins.__import__('uuid').uuid4().hex",
    ],
    ids=["random", "numpy", "ssl", "uuid"],
)
async def test_children_that_waited_draw_different_numbers(pooled: Host, draw: str) -> None:
    statement = f"{draw}\nreturn [{{'n': n}}]"
    packages = not is_light(statement, pooled.environment)
    before = set(await full(pooled))
    assert len(shelf_of(pooled, packages=packages).waiting) >= FLOOR

    first, second = [await pooled.rows(statement) for _ in range(FLOOR)]

    assert first != second
    assert len(before - set(await full(pooled))) >= FLOOR, "none of them had waited"


async def test_a_child_that_waited_has_a_run_of_its_own_only(pooled: Host) -> None:
    statement = "return [{'a': sorted(name for name in globals() if name[0] != '_')}]"
    await full(pooled)

    rows = await pooled.rows(statement)

    assert rows == [{"a": ["LocalVariable", "statement"]}]


async def test_memory_is_limited_when_a_child_is_given_out(pooled: Host) -> None:
    await full(pooled)
    execution = await pooled.run("return [{'a': len(bytes(96 << 20))}]", memory_bytes=64 << 20)

    assert execution.report == Exceeded(limit="memory_bytes")

    await full(pooled)
    assert await pooled.rows("return [{'a': len(bytes(96 << 20))}]") == [{"a": 96 << 20}]


async def test_the_limits_set_from_outside_are_among_the_walls_that_are_told(pooled: Host) -> None:
    await full(pooled)
    execution = await pooled.run("return []")

    walls = execution.isolation["restrictions"]
    assert isinstance(walls, list)
    assert [each for each in map(str, walls) if each.endswith(("space", "processor seconds"))]


async def test_processor_time_is_limited_when_a_child_is_given_out(pooled: Host) -> None:
    await full(pooled)
    execution = await pooled.run("while True: pass", cpu=timedelta(milliseconds=300))

    assert execution.report == Exceeded(limit="cpu_seconds")


async def test_the_kernel_holds_a_child_to_its_processor_time_too(pooled: Host) -> None:
    await full(pooled)
    async with taken(pooled, replace(TERMS, cpu_seconds=7)) as process:
        limits = resource.prlimit(process, resource.RLIMIT_CPU)

    assert limits == (8, 8)  # and the second that it may have used to get ready


async def test_what_a_child_has_used_while_it_waited_is_not_its_run_s(pooled: Host) -> None:
    await full(pooled)
    waited = max(each.ready.child.cpu() for shelf in shelves(pooled) for each in shelf.waiting)

    execution = await pooled.run("import pandas\nreturn []", wall=timedelta(seconds=20))

    assert waited > timedelta()
    assert execution.usage.wall == pytest.approx(execution.execute, abs=timedelta(seconds=1))


async def test_other_limits_are_those_of_another_kind(pooled: Host) -> None:
    await full(pooled)
    statement = "open('/tmp/a', 'wb').write(bytes(2 << 20))\nreturn []"

    refused = await pooled.run(statement)
    assert isinstance(refused.report, Refused)
    assert isinstance((await pooled.run(statement, tmp_bytes=4 << 20)).report, Returned)


async def test_a_kind_that_is_asked_for_again_has_children_wait(pooled: Host) -> None:
    rare = replace(TERMS, open_files=63)
    for _ in range(2):
        async with taken(pooled, rare):
            pass
    waiting = await full(pooled)

    async with taken(pooled, rare) as process:
        assert process in waiting


async def test_a_kind_that_is_asked_for_once_has_none(pooled: Host) -> None:
    rare = replace(TERMS, open_files=62)
    async with taken(pooled, rare):
        await full(pooled)

    assert not shelf_of(pooled, rare).waiting


async def test_never_more_wait_than_may(pooled: Host) -> None:
    for files in range(40, 40 + 2 * MOST):
        for _ in range(3):
            async with taken(pooled, replace(TERMS, open_files=files)):
                await full(pooled)
    assert len(await full(pooled)) <= MOST
    assert len(shelf_of(pooled).waiting) >= FLOOR, "those that are kept had to go"


async def test_of_very_many_kinds_not_all_are_remembered(
    pooled: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MOST_KINDS", len(shelves(pooled)))
    async with taken(pooled, replace(TERMS, open_files=39)):
        pass

    assert len(shelves(pooled)) == pool.MOST_KINDS


async def test_what_nobody_asks_for_is_let_go_but_for_a_floor(pooled: Host) -> None:
    async with AsyncExitStack() as held:
        for _ in range(MOST):
            await held.enter_async_context(taken(pooled))
    await full(pooled)
    for _ in range(8):
        pooled.runtime._pool.tidy(time.monotonic() + IDLE_SECONDS + 1)
        await full(pooled)

    told = pooled.runtime.waiting()
    assert [(each["environment"], each["waiting"]) for each in told] == [
        (light(pooled.environment).name, FLOOR),
        (pooled.environment.name, FLOOR),
    ]


async def test_when_a_zygote_is_replaced_children_wait_all_the_time(pooled: Host) -> None:
    before = await full(pooled)
    await pooled.runtime._zygotes.renew(1e12)
    assert pooled.runtime.waiting()[0]["waiting"]
    await full(pooled)  # beside the old ones
    after = await full(pooled)  # which are let go of then
    await pooled.runtime._zygotes.renew(0)

    assert len(after) >= 2 * FLOOR
    assert not set(before) & set(after)
    assert await pooled.rows("return [{'a': 1}]") == [{"a": 1}]


async def test_children_that_died_are_made_up_for_also_where_nobody_asks(pooled: Host) -> None:
    dead = await full(pooled)
    for process in dead:
        os.kill(process, signal.SIGKILL)
    await gone(pooled)

    pooled.runtime._pool.tidy(time.monotonic())

    now = await full(pooled)
    assert len(now) >= 2 * FLOOR
    assert not set(now) & set(dead)


async def test_children_that_wait_leave_users_to_runs(
    pooled: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full(pooled)
    users = pooled.runtime._zygotes.users
    monkeypatch.setattr(users, "count", 2 * users.left)
    async with taken(pooled) as process:
        assert process
        assert not any(shelf.coming for shelf in shelves(pooled))


async def test_where_limits_are_not_the_host_s_to_set_children_have_them_from_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "is_ours_to_limit", lambda _child: False)
    async with opened(ready=MOST) as host:
        await host.runtime.warm_up(host.environment, TERMS)
        waiting = await full(host)
        assert len(waiting) == 2 * FLOOR
        assert {shelf.terms for shelf in shelves(host)} == {TERMS}

        async with taken(host) as process:
            assert process in waiting
        execution = await host.run("return [{'a': len(bytes(96 << 20))}]", memory_bytes=64 << 20)
        assert execution.report == Exceeded(limit="memory_bytes")


async def test_a_child_that_waited_has_the_way_out_that_its_run_may_take(pooled: Host) -> None:
    statement = """
import httpx
try:
    httpx.get("http://a.test/", timeout=5)
except httpx.HTTPError as error:
    return [{"a": type(error).__name__}]
return [{"a": httpx.get("http://a.test/").status_code}]
"""
    policy = read_policy("open")
    for _ in range(2):
        await pooled.run(statement, network=policy)
    waiting = await full(pooled)
    shelf = shelf_of(pooled, terms_of(LIMITS, policy), packages=True)
    assert set(processes(shelf)) & set(waiting)

    execution = await pooled.run(statement, network=policy)

    assert execution.isolation["egress"] == "proxy"
    assert [entry.source for entry in execution.entries] == ["service"] * len(execution.entries)
    assert execution.entries, "the proxy was not asked"


async def test_when_the_block_ends_nothing_waits_any_more(pooled: Host) -> None:
    await full(pooled)  # the other pool of this process makes none meanwhile
    before = descriptors()
    async with opened(ready=MOST) as host:
        await host.runtime.warm_up(host.environment, TERMS)
        waiting = await full(host)

    assert waiting
    assert not await left_since(before)


async def test_a_pool_of_none_has_none() -> None:
    async with ForkedRuntime(ready=0) as runtime:
        assert isinstance(runtime._pool, Pool)
        assert runtime.waiting() == []
