"""The names that a statement sees beside its inputs and its log."""

import asyncio


async def sleep(seconds: float) -> None:
    """Wait without blocking (connector page: `sleep(seconds: float) -> Coroutine`)."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"sleep takes seconds as a number, not {type(seconds).__name__}")
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"sleep takes seconds from 0 on, not {seconds}")
    await asyncio.sleep(seconds)
