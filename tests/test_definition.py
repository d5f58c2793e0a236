"""What modules define, told by running them, and remembered."""

import asyncio
import json
from dataclasses import replace

import pytest

from processor.definition import Definer
from processor.errors import Busy, Place, StatementRaised, UndefinedNode
from processor.identity import DEFAULT_TENANT
from processor.runtime.contract import Exceeded, Refused, Returned
from processor.step import DefinitionOrder
from processor.step.decode_package import read_package
from tests.build import some_limits
from tests.fakes import FakeEnvironments, FakeRuntime


def order(statement: str = "x") -> DefinitionOrder:
    return DefinitionOrder(statement=statement, environment="small", limits=some_limits())


def a_definer(runtime: FakeRuntime) -> Definer:
    return Definer(FakeEnvironments(), runtime, slots=1, most_waiting=0)


async def test_the_same_module_is_run_once() -> None:
    runtime = FakeRuntime(report=Returned(content=b'{"nodes": []}'))
    definer = a_definer(runtime)

    answers = [await definer.define(order(text), DEFAULT_TENANT) for text in ("a", "a", "b")]

    assert answers == [b'{"nodes": []}'] * 3
    assert [each.statement for each in runtime.assignments] == ["a", "b"]
    assert all(each.define and each.dialect == "module" for each in runtime.assignments)


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processor.definition.MOST_KEPT_BYTES", 25)
    runtime = FakeRuntime(report=Returned(content=b'{"nodes": []}'))
    definer = a_definer(runtime)

    for text in ("a", "b", "a"):
        await definer.define(order(text), DEFAULT_TENANT)

    assert len(runtime.assignments) == 3


async def test_an_error_is_told_with_its_type_and_line() -> None:
    error = StatementRaised("'k'", type_name="KeyError", place=Place(line=3))

    with pytest.raises(UndefinedNode) as raised:
        await a_definer(FakeRuntime(report=Refused(error=error))).define(order(), DEFAULT_TENANT)

    assert raised.value.message == "KeyError: 'k' (line 3)"


async def test_a_module_that_does_not_end_is_told_so() -> None:
    with pytest.raises(UndefinedNode, match="ended while it told what it defines"):
        await a_definer(FakeRuntime(report=Exceeded(limit="wall_seconds"))).define(
            order(), DEFAULT_TENANT
        )


async def test_no_more_wait_than_may() -> None:
    gate = asyncio.Event()
    runtime = FakeRuntime(report=Returned(content=b"{}"), meanwhile=gate.wait)
    definer = a_definer(runtime)
    async with asyncio.TaskGroup() as tasks:
        for text in ("a", "b"):
            tasks.create_task(definer.define(order(text), DEFAULT_TENANT))
        await asyncio.sleep(0.01)
        with pytest.raises(Busy):
            await definer.define(order("c"), DEFAULT_TENANT)
        gate.set()


PACKAGE = read_package('{"id": "a.b", "name": "N", "version": "1", "nodes": [{"id": "one"}]}')
TWO = b'{"nodes": [{"name": "one", "pins": []}, {"name": "two", "pins": []}]}'


async def test_a_package_is_told_with_its_nodes_and_how_they_are_run() -> None:
    definer = a_definer(FakeRuntime(report=Returned(content=TWO)))

    for _ in range(2):  # once of the run, once of what is remembered
        told = json.loads(await definer.define(replace(order(), package=PACKAGE), DEFAULT_TENANT))

        assert told["nodes"] == json.loads(TWO)["nodes"]
        assert told["package"]["unlisted"] == ["two"]
        assert told["step"] == PACKAGE.step()


async def test_a_manifest_that_lists_what_the_module_does_not_define_is_refused() -> None:
    definer = a_definer(FakeRuntime(report=Returned(content=TWO.replace(b"one", b"other"))))

    with pytest.raises(UndefinedNode, match=r"lists node 'one'.*it defines: other, two"):
        await definer.define(replace(order(), package=PACKAGE), DEFAULT_TENANT)
