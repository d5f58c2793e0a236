"""The names that a statement sees beside its log (rules 6, 7 and 11)."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_SECONDARY: Final = re.compile(r"INPUT_DATA([2-9]|[1-9][0-9]+)")


async def sleep(seconds: float) -> None:
    """Wait without blocking (connector page: `sleep(seconds: float) -> Coroutine`)."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"sleep takes seconds as a number, not {type(seconds).__name__}")
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"sleep takes seconds from 0 on, not {seconds}")
    await asyncio.sleep(seconds)


def names_of(inputs: Mapping[str, Any], branches: Sequence[str]) -> dict[str, Any]:
    """
    Give the inputs by every name that they have.

    >>> names = names_of({"INPUT_DATA": None, "INPUT_DATA2": [1]}, ["refunds"])
    >>> names["INPUT_DATA_2"], names["INPUTS"]
    ([1], {'refunds': [1]})
    """
    aliases = {
        f"INPUT_DATA_{secondary[1]}": rows
        for name, rows in inputs.items()
        if (secondary := _SECONDARY.fullmatch(name))
    }
    by_branch = {
        branch: inputs.get(f"INPUT_DATA{number}") for number, branch in enumerate(branches, start=2)
    }
    return {**inputs, **aliases, "INPUTS": by_branch, "sleep": sleep}
