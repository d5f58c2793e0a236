"""The tables of a file as they are copied."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from processor.errors import ProcessorFault
from processor.store.copying import BATCH, Cell

from .database import QUERIES, connect
from .migrate import migrate


class FileTables:
    """Satisfies Tables; names of tables and columns are the file's own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def columns(self, table: str) -> Sequence[str]:
        """See Tables."""
        rows = self._connection.execute(f"PRAGMA table_info({table})").fetchall()
        return [row["name"] for row in rows]

    async def count(self, table: str) -> int:
        """See Tables."""
        row = self._connection.execute(f"SELECT count(*) AS found FROM {table}").fetchone()  # noqa: S608
        return int(row["found"])

    async def rows(
        self, table: str, columns: Sequence[str]
    ) -> AsyncIterator[Sequence[Sequence[Cell]]]:
        """See Tables."""
        found = self._connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608
        while rows := found.fetchmany(BATCH):
            yield [tuple(row) for row in rows]

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """See Tables."""
        places = ", ".join("?" * len(columns))
        query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
        self._connection.executemany(query, rows)

    async def settle(self) -> None:
        """See Tables: here numbers go on by themselves."""


@contextmanager
def tables(data_dir: Path, *, writes: bool) -> Iterator[FileTables]:
    """Open the tables of a data folder; what is added is kept whole, or not at all."""
    path = migrate(data_dir)
    try:
        with closing(connect(path)) as connection:
            if writes:
                connection.execute(QUERIES["begin_write"])
            yield FileTables(connection)
            connection.commit()
    except sqlite3.Error as error:
        raise ProcessorFault(f"the store failed: {error}") from error
