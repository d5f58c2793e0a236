"""Runs in control groups: what they end in, what is told of it, what is left of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from processor.runtime.contract import Exceeded
from processor.runtime.forked import slots
from processor.runtime.forked.group import Group
from processor.runtime.forked.slots import Slots
from tests.runtime.jail.jails import unable

from .host import Host, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILL = "for n in range(100): open(f'/tmp/{n}', 'wb').write(bytes(1 << 20))"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def counted() -> AsyncIterator[Host]:
    async with opened() as host:
        if host.runtime._zygotes._slots._group is None:
            unable("there are no control groups here")
        yield host


def slots_of(host: Host) -> Slots:
    return host.runtime._zygotes._slots


async def emptied(host: Host) -> None:
    """Return once all slots are there to be used again."""
    async with asyncio.timeout(20):
        while len(slots_of(host)._free) < len(slots_of(host)._made):
            await asyncio.sleep(0.01)


async def test_a_run_tells_by_what_its_memory_is_bounded(counted: Host) -> None:
    execution = await counted.run("return []")

    group = slots_of(counted)._group
    assert group is not None
    assert execution.isolation["memory"] == group.version.name
    assert "control groups of its own" in str(execution.isolation["restrictions"])


async def test_memory_that_takes_no_addresses_ends_the_run_at_its_limit(counted: Host) -> None:
    execution = await counted.run(FILL, memory_bytes=8 << 20, tmp_bytes=256 << 20)

    assert execution.report == Exceeded(limit="memory_bytes")


async def test_within_its_limit_it_does_not(counted: Host) -> None:
    assert await counted.rows(f"{FILL}\nreturn []", tmp_bytes=256 << 20) == []


async def test_after_a_run_its_slot_is_empty_and_serves_the_next(counted: Host) -> None:
    await counted.run("return []")
    await emptied(counted)
    before = len(slots_of(counted)._made)
    for statement in (FILL, "return []", "import os, json", "return []"):
        await counted.run(statement, memory_bytes=8 << 20, tmp_bytes=256 << 20)
        await emptied(counted)

    assert len(slots_of(counted)._made) == before
    assert [slot.inside() for slot in slots_of(counted)._made] == [frozenset()] * before


async def test_no_more_slots_are_kept_than_are_of_use(
    counted: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    await emptied(counted)
    some = [slot for slot in map(slots_of(counted).take, [2, 2, 2, 2]) if slot is not None]
    monkeypatch.setattr(slots, "MOST_FREE", 2)
    for slot in some:
        slots_of(counted).give_back(slot)

    assert len(slots_of(counted)._free) == len(slots_of(counted)._made) == 2


async def test_with_the_runtime_its_groups_go() -> None:
    async with opened() as host:
        await host.rows("return []")
        group = slots_of(host)._group
        folders = group.folders if group else ()

    assert folders or unable("there are no control groups here")
    assert not any(folder.exists() for folder in folders)


async def test_where_there_are_no_groups_runs_are_bounded_without_and_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> Group:
        raise PermissionError("read only")

    monkeypatch.setattr(slots, "Group", refuse)
    async with opened() as host:
        execution = await host.run("return []")

    assert execution.isolation["memory"] == "rlimit+watchdog"
