"""Duties: done again and again, whatever goes wrong with one of them."""

import asyncio
from datetime import timedelta

from processor.engine import Duty, keep_house
from processor.errors import ProcessorFault
from tests.build import until

AN_HOUR = timedelta(hours=1)
AT_ONCE = timedelta()


async def test_a_duty_is_done_until_nothing_is_left_and_told_each_time() -> None:
    left, told = [2, 1, 0], []

    async def work() -> int:
        return left.pop(0)

    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(
            keep_house([Duty("work", AN_HOUR, work, lambda: told.append(1))])
        )
        while left:
            await asyncio.sleep(0.01)
        keeping.cancel()

    assert told == [1, 1]


async def test_a_fault_of_one_duty_holds_up_neither_it_nor_another() -> None:
    done: list[str] = []

    async def broken() -> int:
        done.append("broken")
        raise ProcessorFault("the store failed")

    async def other() -> int:
        done.append("other")
        return 0

    async with asyncio.TaskGroup() as tasks:
        duties = [Duty("broken", AT_ONCE, broken), Duty("other", AT_ONCE, other)]
        keeping = tasks.create_task(keep_house(duties))
        await until(lambda: done.count("broken") > 1 and done.count("other") > 1)
        keeping.cancel()
