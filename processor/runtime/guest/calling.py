"""Calling a statement: once over all rows, once a row, or as a stream of what it yields."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from .journal import Journal

GRACE_SECONDS: Final = 0.2
"""How long tasks that the statement left behind may take to notice that they are cancelled."""
CHUNK_ROWS: Final = 1000
"""Yielded rows that cross together."""
MOST_TOLD: Final = 20
"""Failed rows that are told one by one."""


class RowFailed(Exception):
    """A statement that runs row by row failed in one row; the cause says how."""

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row}")
        self.row = row


@dataclass(kw_only=True, slots=True)
class ByRow:
    """What came of running once a row: all returned rows in order, and how many each gave."""

    rows: list[Any] = field(default_factory=list)
    counts: list[int | None] = field(default_factory=list)
    """By input row; None where it failed."""


class Caller:
    """Runs one statement's function on one event loop, as often as it must."""

    def __init__(self, function: Callable[..., Any], journal: Journal) -> None:
        self._function = function
        self._journal = journal
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._tell)
        asyncio.set_event_loop(self._loop)

    def call(self, names: dict[str, Any], stream: Callable[[list[Any]], None]) -> Any:
        """Give what the statement returns; what it yields goes to `stream`, and gives None."""
        produced = self._function(**names)
        if inspect.isasyncgen(produced):
            with self._ended():
                self._loop.run_until_complete(_drained(produced, stream))
            return None
        with self._ended():
            return self._loop.run_until_complete(produced)

    def _tell(self, _loop: object, context: dict[str, Any]) -> None:
        self._journal.write("warn", context["message"], "warning")

    @contextmanager
    def _ended(self) -> Iterator[None]:
        """End what the statement left behind, and name it (rule 8)."""
        try:
            yield
        finally:
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            if left:
                self._loop.run_until_complete(asyncio.wait(left, timeout=GRACE_SECONDS))
                names = sorted(getattr(task.get_coro(), "__name__", "?") for task in left)
                message = f"not awaited, and cancelled at the end: {', '.join(names)}"
                self._journal.write("warn", message, "warning")


async def _drained(rows: AsyncIterator[Any], stream: Callable[[list[Any]], None]) -> None:
    chunk: list[Any] = []
    async for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK_ROWS:
            stream(chunk)
            chunk = []
    stream(chunk)
