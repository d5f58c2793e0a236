"""
One connection to PostgreSQL, in a thread and an event loop of its own.

What is kept is written as functions of a transaction's queries, one after the other, the same for
every database. So a lane runs such a function in its thread, and each query of it in the thread's
own loop; the loop that serves requests waits for the whole.

Transactions see what is committed (`READ COMMITTED`), and hold each row that they decide by:
queries that end in `FOR …` say so in `queries.sql`. What cannot be held, since it is not there
yet, is unique: who comes second fails at that, and begins again, as after a deadlock.
"""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final, TypeVar

import asyncpg

from processor.errors import ProcessorFault
from processor.store.kept import Row, Transaction, Value

from .address import Address
from .connection import COLLISIONS, LOST, Connection, connect, unavailable
from .queries import QUERIES

PATIENCE: Final = timedelta(seconds=2)
"""How long a database is tried that cannot be reached, before its caller is told."""
LONG_PATIENCE: Final = timedelta(seconds=60)
"""The same where something is to be kept that would be lost otherwise."""
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
MOST_COLLISIONS: Final = 30
"""After so many beginnings in a row, others are not what is in the way."""

T = TypeVar("T")


class Lane:
    """Runs transactions, one at a time, and connects anew where the connection was lost."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._thread = ThreadPoolExecutor(1, "store")
        self._loop = asyncio.new_event_loop()
        self._connection: Connection | None = None

    def write(self, work: Callable[[Transaction], T], *, repeatable: bool) -> "Future[T]":
        """Begin a transaction that writes; see Database."""
        return self._thread.submit(self._persist, work, writes=True, repeatable=repeatable)

    def read(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Begin a transaction that sees one commit and changes nothing."""
        return self._thread.submit(self._persist, work, writes=False, repeatable=True)

    def close(self) -> None:
        """End the connection, once the transaction that is under way has ended."""
        self._thread.submit(self._lose).result()
        self._thread.shutdown()
        self._loop.close()

    # What follows runs in the lane's thread.

    def query(
        self, name: str, parameters: dict[str, Value], *, writes: bool
    ) -> list[asyncpg.Record]:
        """Run a query, and give its rows."""
        text, values = _bound(name, parameters, writes=writes)
        return self._run(self._connected().fetch(text, *values))

    def change(self, name: str, parameters: dict[str, Value]) -> int:
        """Run a query, and tell how many rows it changed."""
        text, values = _bound(name, parameters, writes=True)
        told = self._run(self._connected().execute(text, *values))
        count = told.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def _persist(self, work: Callable[[Transaction], T], *, writes: bool, repeatable: bool) -> T:
        """Run a transaction, again where it has to be; tell where that is hopeless."""
        patience = LONG_PATIENCE if repeatable and writes else PATIENCE
        until, pause = time.monotonic() + patience.total_seconds(), FIRST_PAUSE
        collisions = 0
        while True:
            try:
                return self._transact(work, writes=writes, repeatable=repeatable)
            except COLLISIONS as error:
                collisions += 1
                if collisions >= MOST_COLLISIONS:
                    raise ProcessorFault(f"the store failed: {error}") from error
                time.sleep(random.uniform(0, 0.001 * 2 ** min(collisions, 7)))  # noqa: S311
            except ValueError as error:
                raise ProcessorFault(
                    f"the store was asked for what it cannot keep: {error}"
                ) from error
            except LOST as error:
                self._lose()
                if time.monotonic() + pause > until:
                    raise unavailable(self._address, error) from error
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except asyncpg.PostgresError as error:
                raise ProcessorFault(f"the store failed: {error}") from error

    def _transact(self, work: Callable[[Transaction], T], *, writes: bool, repeatable: bool) -> T:
        connection = self._connected()
        self._run(connection.execute(QUERIES["begin_write" if writes else "begin_read"].writing))
        try:
            given = work(PostgresTransaction(self, writes=writes))
        except BaseException:
            self._undo()
            raise
        try:
            self._run(connection.execute("COMMIT"))
        except LOST as error:
            if repeatable:
                raise
            self._lose()
            # It may be kept: doing it again could do it twice.
            raise unavailable(self._address, error) from error
        return given

    def _undo(self) -> None:
        try:
            if self._connection is not None:
                self._run(self._connection.execute("ROLLBACK"))
        except (*LOST, asyncpg.PostgresError):
            self._lose()  # the server undoes what a lost connection has left

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = self._run(connect(self._address))
        return self._connection

    def _lose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()
            self._run(asyncio.sleep(0))  # the loop takes note of it

    def _run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(doing)


class PostgresTransaction:
    """Satisfies Transaction."""

    def __init__(self, lane: Lane, *, writes: bool) -> None:
        self._lane = lane
        self._writes = writes

    def one(self, query: str, /, **parameters: Value) -> Row | None:
        """See Transaction."""
        rows = self._lane.query(query, parameters, writes=self._writes)
        return rows[0] if rows else None

    def all(self, query: str, /, **parameters: Value) -> list[Row]:
        """See Transaction."""
        return [*self._lane.query(query, parameters, writes=self._writes)]

    def change(self, query: str, /, **parameters: Value) -> int:
        """See Transaction."""
        return self._lane.change(query, parameters)


def _bound(name: str, parameters: dict[str, Value], *, writes: bool) -> tuple[str, list[Value]]:
    query = QUERIES[name]
    text = query.writing if writes else query.reading
    return text, [parameters[each] for each in query.names]
