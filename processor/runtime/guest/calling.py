"""Calling a statement: once over all rows, once a row, or as a stream of what it yields."""

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

from .journal import Journal

GRACE_SECONDS: Final = 0.2
"""How long tasks that the statement left behind may take to notice that they are cancelled."""
CHUNK_ROWS: Final = 1000
"""At most as many yielded rows are handed on together."""
CHUNK_SECONDS: Final = 0.1
"""A row that comes this long after the last chunk is not kept waiting for others."""


class Caller:
    """Runs one statement's function on one event loop, as often as it must."""

    def __init__(
        self,
        function: Callable[..., Any],
        journal: Journal,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take a loop that was made ahead, or make one."""
        self._function = function
        self.journal = journal
        self._loop = loop or asyncio.new_event_loop()
        self._loop.set_exception_handler(self._tell)
        asyncio.set_event_loop(self._loop)

    def call(self, names: dict[str, Any], stream: Callable[[list[Any]], None]) -> Any:
        """Give what the statement returns; of what it yields, the rows of the last chunk."""
        produced = self._function(**names)
        if inspect.isasyncgen(produced):
            produced = _streamed(produced, stream)
        try:
            return self._loop.run_until_complete(produced)
        finally:
            self._end_left_behind()

    def _tell(self, _loop: object, context: dict[str, Any]) -> None:
        self.journal.write("warn", context["message"], "warning")

    def _end_left_behind(self) -> None:
        """Cancel work that is not awaited, and name it (rule 8)."""
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.wait(left, timeout=GRACE_SECONDS))
            names = sorted(getattr(task.get_coro(), "__name__", "?") for task in left)
            message = f"not awaited, and cancelled at the end: {', '.join(names)}"
            self.journal.write("warn", message, "warning")


async def _streamed(
    rows: AsyncGenerator[Any, Any], stream: Callable[[list[Any]], None]
) -> list[Any]:
    chunk: list[Any] = []
    handed_on = time.monotonic()
    async with aclosing(rows):
        async for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK_ROWS or time.monotonic() - handed_on > CHUNK_SECONDS:
                stream(chunk)
                chunk, handed_on = [], time.monotonic()
    return chunk
