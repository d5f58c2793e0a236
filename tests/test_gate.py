"""So much work at a time, and no more than so much waiting."""

import asyncio

import pytest

from processor.errors import Busy
from processor.gate import Gate


async def test_no_more_than_its_slots_are_let_through_and_no_more_than_so_many_wait() -> None:
    gate, leave = Gate("samples", slots=1, most_waiting=0), asyncio.Event()
    inside: list[int] = []

    async def work(number: int) -> None:
        async with gate.passed():
            inside.append(number)
            await leave.wait()

    async with asyncio.TaskGroup() as tasks:
        for number in range(2):
            tasks.create_task(work(number))
            await asyncio.sleep(0)
        assert inside == [0]
        with pytest.raises(Busy, match="samples are waiting"):
            await work(2)
        leave.set()

    assert inside == [0, 1]


async def test_who_leaves_in_anger_gives_the_slot_back() -> None:
    gate = Gate("samples", slots=1, most_waiting=0)

    with pytest.raises(ZeroDivisionError):
        async with gate.passed():
            raise ZeroDivisionError

    async with asyncio.timeout(5), gate.passed():
        pass
