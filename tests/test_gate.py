"""So much work at a time, and no more than so much waiting."""

import asyncio

import pytest

from processor.errors import Busy
from processor.gate import Gate, Slots


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


# Slots


async def in_turn(slots: Slots, whose: list[str]) -> list[str]:
    """Let work wait behind a slot that is taken, and give the order in which it is let through."""
    await slots.acquire("first")
    order: list[str] = []

    async def work(who: str) -> None:
        await slots.acquire(who)
        order.append(who)
        slots.release()

    async with asyncio.TaskGroup() as tasks:
        for who in whose:
            tasks.create_task(work(who))
        await asyncio.sleep(0)
        slots.release()
    return order


async def test_nobody_waits_behind_all_that_another_has_asked_for() -> None:
    assert await in_turn(Slots(1), ["a"] * 4 + ["b"] * 2) == ["a", "b", "a", "b", "a", "a"]


async def test_as_many_as_there_are_slots_need_not_wait() -> None:
    slots = Slots(2)

    async with asyncio.timeout(5):
        await slots.acquire("a")
        await slots.acquire("a")


async def test_who_is_cancelled_while_waiting_takes_no_slot() -> None:
    slots = Slots(1)
    await slots.acquire("a")
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(slots.acquire("b"))
        given = tasks.create_task(slots.acquire("c"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        slots.release()
        given.cancel()  # in the moment in which it is its turn

    async with asyncio.timeout(5):
        await slots.acquire("d")
