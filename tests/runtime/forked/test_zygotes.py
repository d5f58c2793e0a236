"""Which zygotes are kept: environments that nobody uses cost no memory."""

import asyncio
import time
from contextlib import closing
from dataclasses import replace

import pytest

from processor.environment import Environment
from processor.environment.resolve import resolve
from processor.errors import ProcessorFault
from processor.runtime.forked import zygotes as zygotes_module
from processor.runtime.forked.child import forked_from
from processor.runtime.forked.zygotes import Zygotes
from processor.runtime.jail import Terms
from tests.runtime.forked.host import ROOT

TERMS = Terms(memory_bytes=1 << 30, cpu_seconds=5, open_files=64, tmp_bytes=1 << 20, threads=4)


@pytest.fixture(scope="module")
def bare() -> Environment:
    environment = resolve(
        "node",
        environments_dir=ROOT / ".environments",
        locks_dir=ROOT / "locks",
        allowed_imports=frozenset(),
    )
    return replace(environment, preload=())


def numbered(bare: Environment, number: int) -> Environment:
    return replace(bare, name=f"e{number}", digest=f"sha256:{number}")


async def test_no_more_zygotes_are_kept_than_the_operator_says(bare: Environment) -> None:
    async with Zygotes(most=2) as zygotes:
        started = [await zygotes.get(numbered(bare, number)) for number in range(5)]

        assert [zygote.alive for zygote in started] == [False, False, False, True, True]


async def test_the_least_used_goes_first(bare: Environment) -> None:
    async with Zygotes(most=2) as zygotes:
        first, second = [await zygotes.get(numbered(bare, number)) for number in (1, 2)]
        assert await zygotes.get(numbered(bare, 1)) is first
        await zygotes.get(numbered(bare, 3))

        assert (first.alive, second.alive) == (True, False)


async def test_a_zygote_that_has_a_child_stays(bare: Environment) -> None:
    async with Zygotes(most=1) as zygotes:
        first = await zygotes.get(numbered(bare, 1))
        with closing(await forked_from(first, TERMS)):
            await zygotes.get(numbered(bare, 2))

            assert first.alive


async def test_an_environment_whose_zygote_went_gets_another(bare: Environment) -> None:
    async with Zygotes(most=1) as zygotes:
        first = await zygotes.get(numbered(bare, 1))
        await zygotes.get(numbered(bare, 2))

        assert not zygotes.warm(numbered(bare, 1))
        assert await zygotes.get(numbered(bare, 1)) is not first
        assert zygotes.warm(numbered(bare, 1))


async def test_a_module_that_may_fail_to_be_imported_keeps_no_zygote_from_being_warm(
    bare: Environment,
) -> None:
    async with Zygotes(most=1) as zygotes:
        zygote = await zygotes.get(replace(bare, preload=("json", "not_there_at_all?")))

        assert zygote.warm


LATER = 1e12


async def test_an_old_zygote_serves_until_its_successor_is_warm(bare: Environment) -> None:
    async with Zygotes() as zygotes, asyncio.TaskGroup() as tasks:
        old = await zygotes.get(numbered(bare, 1))
        renewing = tasks.create_task(zygotes.renew(LATER))
        while not renewing.done():
            assert zygotes.warm(numbered(bare, 1))
            await asyncio.sleep(0.001)

        new = await zygotes.get(numbered(bare, 1))
        assert (new is old, old.retired, new.retired) == (False, True, False)


async def test_a_replaced_zygote_ends_after_its_last_child(bare: Environment) -> None:
    async with Zygotes() as zygotes:
        old = await zygotes.get(numbered(bare, 1))
        with closing(await forked_from(old, TERMS)) as child:
            await zygotes.renew(LATER)
            await zygotes.renew(0)
            assert old.alive
        async with asyncio.timeout(30):
            await child.forked.ended
        await zygotes.renew(0)

        assert not old.alive


async def test_a_zygote_is_replaced_after_so_many_children(
    bare: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zygotes_module, "MOST_FORKS", 2)
    async with Zygotes() as zygotes:
        replaced = []
        for _ in range(2):
            zygote = await zygotes.get(numbered(bare, 1))
            (await forked_from(zygote, TERMS)).close()
            await zygotes.renew(time.monotonic())
            replaced.append(zygote.retired)

    assert replaced == [False, True]


async def test_where_no_successor_gets_warm_the_old_one_goes_on(bare: Environment) -> None:
    async with Zygotes() as zygotes:
        old = await zygotes.get(numbered(bare, 1))
        old.environment = replace(bare, preload=("not_there_at_all",))

        with pytest.raises(ProcessorFault, match="not_there_at_all"):
            await zygotes.renew(LATER)

        assert await zygotes.get(numbered(bare, 1)) is old
