"""Which zygotes are kept: environments that nobody uses cost no memory."""

from contextlib import closing
from dataclasses import replace

import pytest

from processor.environment import Environment
from processor.environment.resolve import resolve
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
