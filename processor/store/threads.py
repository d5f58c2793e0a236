"""Work that a thread does for who waits in an event loop."""

import asyncio
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def to_its_end(future: Future[T]) -> T:
    """Wait for a thread's work to end, and only then let a cancellation through."""
    waiting = asyncio.wrap_future(future)
    cancelled: asyncio.CancelledError | None = None
    while not waiting.done():
        try:
            await asyncio.wait((waiting,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return waiting.result()
    waiting.exception()  # its caller is gone
    raise cancelled
