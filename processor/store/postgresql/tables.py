"""The tables of a server as they are copied."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from processor.store.copying import BATCH, TABLES, Cell
from processor.store.kept import instant

from .address import Address
from .connection import SCHEMA, Connection, reached
from .migrate import require_newest


class ServerTables:
    """Satisfies Tables; names of tables and columns are the server's own."""

    def __init__(self, connection: Connection, kinds: dict[tuple[str, str], str]) -> None:
        self._connection = connection
        self._kinds = kinds
        """By table and column, as the standard calls them."""

    async def columns(self, table: str) -> Sequence[str]:
        """See Tables."""
        return [column for of, column in self._kinds if of == table]

    async def count(self, table: str) -> int:
        """See Tables."""
        return int(await self._connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608

    async def rows(
        self, table: str, columns: Sequence[str]
    ) -> AsyncIterator[Sequence[Sequence[Cell]]]:
        """See Tables."""
        kinds = [self._kinds[table, column] for column in columns]
        query = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608
        async with self._connection.transaction():
            found = await self._connection.cursor(query)
            while rows := await found.fetch(BATCH):
                yield [tuple(map(_read, row.values(), kinds)) for row in rows]

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """See Tables."""
        kinds = [self._kinds[table, column] for column in columns]
        places = ", ".join(f"${number}" for number, _ in enumerate(columns, 1))
        query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
        await self._connection.executemany(
            query, [tuple(map(_written, row, kinds)) for row in rows]
        )

    async def settle(self) -> None:
        """See Tables."""
        rows = await self._connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = $1 AND is_identity = 'YES'",
            SCHEMA,
        )
        for table, column in rows:
            if table in TABLES:
                await self._connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"  # noqa: S608
                    f" (SELECT coalesce(max({column}), 1) FROM {table}))"
                )


@asynccontextmanager
async def tables(url: str, *, writes: bool) -> AsyncIterator[ServerTables]:
    """Open the tables of a database; what is added is kept whole, or not at all."""
    address = Address(url)
    async with reached(address) as connection:
        await require_newest(connection, address)
        rows = await connection.fetch(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = $1 ORDER BY table_name, ordinal_position",
            SCHEMA,
        )
        kinds = {(row[0], row[1]): row[2] for row in rows}
        if not writes:
            # Each query sees what is committed by then: who waits for others must see them go.
            yield ServerTables(connection, kinds)
            return
        async with connection.transaction():
            yield ServerTables(connection, kinds)


def _read(value: Any, kind: str) -> Cell:
    if value is not None and kind == "timestamp with time zone":
        return instant(datetime.fromisoformat(value))
    return int(value) if isinstance(value, bool) else value


def _written(value: Cell, kind: str) -> Any:
    return bool(value) if value is not None and kind == "boolean" else value
