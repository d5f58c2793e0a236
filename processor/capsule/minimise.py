"""
As few things as still do it: delta debugging (Zeller and Hildebrandt, 2002).

Half of the things, a quarter, and so on are left out as long as what is left still does it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


async def minimised(
    things: Sequence[Thing], does_it: Callable[[list[Thing]], Awaitable[bool]]
) -> list[Thing]:
    """
    Give things of which none can be left out; `does_it` holds for all of them, and is asked often.

    Where `does_it` answers at random, or gives up and says no, the answer is merely a larger one.
    """
    left = [*things]
    parts = 1
    while left:
        size = max(1, len(left) // parts)
        smaller = await _without_a_part(left, size, does_it)
        if smaller is not None:
            left, parts = smaller, max(parts - 1, 1)
        elif size == 1:
            break
        else:
            parts = min(parts * 2, len(left))
    return left


async def _without_a_part(
    things: list[Thing], size: int, does_it: Callable[[list[Thing]], Awaitable[bool]]
) -> list[Thing] | None:
    for start in range(0, len(things), size):
        rest = things[:start] + things[start + size :]
        if await does_it(rest):
            return rest
    return None
