"""
One SQLite file: one thread that writes, one that reads.

SQLite has one writer at a time, so a second writing thread would only wait. Readers see the last
commit and wait for nobody. A commit is durable by default (`synchronous=FULL`): in WAL mode
anything less survives the process but not the machine, and the promise is that a checkpoint is
on the disk before the caller is told.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeVar

from processor.errors import ProcessorFault
from processor.store.kept import Row, Transaction, Value
from processor.store.sql import named, statements
from processor.store.threads import to_its_end

HERE = Path(__file__).parent
QUERIES = named((HERE / "queries.sql").read_text())
SETTINGS = statements((HERE / "connection.sql").read_text())

T = TypeVar("T")


class SqliteTransaction:
    """Satisfies Transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def one(self, query: str, /, **parameters: Value) -> Row | None:
        """See Transaction."""
        rows = self.all(query, **parameters)
        return rows[0] if rows else None

    def all(self, query: str, /, **parameters: Value) -> list[Row]:
        """See Transaction."""
        return list(_run(self._connection, query, parameters).fetchall())

    def change(self, query: str, /, **parameters: Value) -> int:
        """See Transaction."""
        return _run(self._connection, query, parameters).rowcount


class Database:
    """Transactions on one file, each a function that is run in its thread."""

    def __init__(
        self,
        writer: tuple[ThreadPoolExecutor, sqlite3.Connection],
        reader: tuple[ThreadPoolExecutor, sqlite3.Connection],
    ) -> None:
        self._writer = writer
        self._reader = reader

    async def write(
        self, work: Callable[[Transaction], T], *, durable: bool = True, repeatable: bool = False
    ) -> T:
        """
        Run `work` as one transaction: kept whole when this returns, undone where it raises.

        A caller who is cancelled is told so after the transaction has ended. Raises ProcessorFault
        where the database is at fault. There is no connection that could be lost, so nothing is
        ever repeated.
        """
        thread, connection = self._writer
        begin = ("durable" if durable else "deferred", "begin_write")
        return await to_its_end(thread.submit(_transact, connection, begin, work))

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, which changes nothing, on the database as it was last committed."""
        thread, connection = self._reader
        return await to_its_end(thread.submit(_transact, connection, ("begin_read",), work))


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    """Open a database whose tables are there."""
    # The threads end first: they are the ones who use the connections.
    with (
        closing(connect(path)) as writing,
        closing(connect(path)) as reading,
        ThreadPoolExecutor(1, "store-writer") as writer,
        ThreadPoolExecutor(1, "store-reader") as reader,
    ):
        yield Database((writer, writing), (reader, reading))


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection whose transactions are begun by hand, for use in one thread at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    for setting in SETTINGS:
        connection.execute(setting)
    return connection


def _transact(
    connection: sqlite3.Connection, begin: tuple[str, ...], work: Callable[[Transaction], T]
) -> T:
    try:
        for query in begin:
            _run(connection, query)
        try:
            given = work(SqliteTransaction(connection))
            connection.commit()
        except BaseException:
            # After a full disk SQLite has rolled back by itself; then this does nothing.
            connection.rollback()
            raise
    except (sqlite3.Error, OSError) as error:
        raise ProcessorFault(f"the store failed: {error}") from error
    return given


def _run(
    connection: sqlite3.Connection, query: str, parameters: Mapping[str, Value] | None = None
) -> sqlite3.Cursor:
    return connection.execute(QUERIES[query], parameters or {})
