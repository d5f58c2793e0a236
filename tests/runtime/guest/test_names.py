"""The names that a statement sees."""

import asyncio
import inspect
import time

import pytest

from processor.runtime.guest.names import names_of, sleep


def test_sleep_is_a_coroutine_function() -> None:
    assert inspect.iscoroutinefunction(sleep)


async def test_sleep_waits_as_long_as_it_is_told() -> None:
    started = time.monotonic()

    await sleep(0.05)

    assert time.monotonic() - started >= 0.05


async def test_others_go_on_while_one_sleeps() -> None:
    order = []

    async def late() -> None:
        await sleep(0.02)
        order.append("late")

    async def soon() -> None:
        await sleep(0)
        order.append("soon")

    await asyncio.gather(late(), soon())

    assert order == ["soon", "late"]


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan"), float("inf"), float("-inf")])
async def test_sleep_takes_seconds_from_zero_on(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"^sleep takes seconds from 0 on, not "):
        await sleep(seconds)


@pytest.mark.parametrize(
    ("seconds", "kind"), [("1", "str"), (None, "NoneType"), (True, "bool"), (1j, "complex")]
)
async def test_sleep_takes_a_number(seconds: object, kind: str) -> None:
    with pytest.raises(TypeError, match=f"^sleep takes seconds as a number, not {kind}$"):
        await sleep(seconds)  # type: ignore[arg-type] # this is the test


def test_a_secondary_input_has_its_alias_and_the_others_have_none() -> None:
    inputs = {
        "INPUT_DATA": 1, "INPUT_DATA2": 2, "INPUT_DATA10": 10, "DATA_CHECKPOINT": None,
    }  # fmt: skip

    assert names_of(inputs, []) == {
        **inputs,
        "INPUT_DATA_2": 2,
        "INPUT_DATA_10": 10,
        "INPUTS": {},
        "sleep": sleep,
    }


def test_branches_are_named_in_their_order_and_one_that_did_not_run_is_none() -> None:
    names = names_of({"INPUT_DATA2": [], "INPUT_DATA3": None}, ["b", "a"])

    assert list(names["INPUTS"].items()) == [("b", []), ("a", None)]
