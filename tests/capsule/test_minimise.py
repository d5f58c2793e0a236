"""As few things as still do it."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from processor.capsule import minimised


async def ask(things: list[int], does_it: Callable[[list[int]], bool]) -> list[int]:
    async def asked(left: list[int]) -> bool:
        return does_it(left)

    return await minimised(things, asked)


@given(st.lists(st.integers(), unique=True, max_size=40), st.data())
async def test_exactly_what_is_needed_is_left_in_its_order(
    things: list[int], data: st.DataObject
) -> None:
    needed = set(
        data.draw(st.lists(st.sampled_from(things), max_size=4) if things else st.just([]))
    )

    left = await ask(things, lambda some: needed <= {*some})

    assert left == [thing for thing in things if thing in needed]


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(0, 5))
async def test_nothing_that_is_left_can_be_left_out(things: list[int], least: int) -> None:
    def does_it(some: list[int]) -> bool:
        return sum(some) >= least

    if not does_it(things):
        return
    left = await ask(things, does_it)

    assert does_it(left)
    assert not any(does_it(left[:place] + left[place + 1 :]) for place in range(len(left)))


async def test_one_thing_of_many_is_found_in_few_questions() -> None:
    asked: list[int] = []

    def does_it(some: list[int]) -> bool:
        asked.append(len(some))
        return 700 in some

    assert await ask([*range(1000)], does_it) == [700]
    assert len(asked) < 60


async def test_where_nothing_is_needed_nothing_is_left() -> None:
    assert await ask([1, 2, 3], lambda _some: True) == []
