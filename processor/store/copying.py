"""All that one store keeps, into another one that is empty, whatever databases they are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol, TypeAlias

from processor.errors import ProcessorFault

TABLES: Final = (
    *("step", "output_schema", "run", "checkpoint", "idempotency", "schema_document", "figure"),
    *("chunk", "step_version", "job", "notice", "step_join", "join_part", "schedule", "callback"),
    "api_key",
)
"""Those that are pointed to come first."""
OF_PROCESSES: Final = ("executor", "turn")
"""What only living processes have."""
BATCH: Final = 50
"""Rows at a time; one may have as many bytes as a request."""

Cell: TypeAlias = str | bytes | int | float | None
"""As the embedded store has it: moments are text in UTC, truth is 0 or 1."""


class Tables(Protocol):
    """The tables of one store, in one transaction."""

    async def columns(self, table: str) -> Sequence[str]:
        """Give the names of a table's columns."""

    async def count(self, table: str) -> int:
        """Tell how many rows a table has."""

    def rows(self, table: str, columns: Sequence[str]) -> AsyncIterator[Sequence[Sequence[Cell]]]:
        """Give a table's rows, some at a time."""

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows to a table."""

    async def settle(self) -> None:
        """Let numbers that the database gives out go on after those that were added."""


async def copy(source: Tables, target: Tables) -> int:
    """Copy every row, and tell how many; raises ProcessorFault where the target has some."""
    for table in TABLES:
        if await target.count(table):
            raise ProcessorFault(f"the target is not empty: it has rows in {table}")
    copied = 0
    for table in TABLES:
        columns = await source.columns(table)
        async for rows in source.rows(table, columns):
            await target.add(table, columns, rows)
            copied += len(rows)
    await target.settle()
    return copied


async def require_alone(source: Tables, *, seconds: float) -> None:
    """Wait until nobody else has a store open; raises ProcessorFault where somebody stays."""
    while await source.count("executor") > 1:
        if seconds <= 0:
            raise ProcessorFault(
                "other processes have the source open: stop them, so that nothing is kept in it "
                "that the copy lacks"
            )
        await asyncio.sleep(0.5)
        seconds -= 0.5
