"""Rows that a statement yields in WebAssembly: taken as they come, or not at all."""

import pytest

from processor.errors import OutputLimit
from processor.runtime.contract import Refused, Returned

from .host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_yielded_rows_are_taken_before_the_last_ones_are_returned(host: Host) -> None:
    taken: list[bytes] = []

    async def take(content: bytes, *, returned: bool = False) -> None:
        del returned
        taken.append(content)

    statement = "for x in range(20_000):\n    yield {'x': x}\n"
    report = (await host.rows(statement, take)).report

    assert isinstance(report, Returned)
    everything = b",".join(part[1:-1] for part in (*taken, report.content) if part != b"[]")
    assert taken
    assert everything == b",".join(b'{"x":%d}' % x for x in range(20_000))


async def test_rows_that_are_not_taken_end_the_run_and_its_keeper(host: Host) -> None:
    async def take(content: bytes, *, returned: bool = False) -> None:
        del content, returned
        raise OutputLimit("no more of them")

    await host.value("return 1")
    (before,) = host.idle
    statement = "while True:\n    yield {'x': 1}\n"
    execution = await host.rows(statement, take)

    assert isinstance(execution.report, Refused)
    assert execution.report.error.message == "no more of them"
    assert not before.is_alive()
    assert host.idle == []
