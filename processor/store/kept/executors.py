"""
Which processes live: each counts its beats, and holds a lock where they share a machine.

A lock is free in the instant its process ends, so a restart after `kill -9` waits for nobody. But
a process that is suspended keeps it, and between machines there is none. So each process also
counts up a number, and each watches the numbers of the others: one that has not moved for a
lease, by the watcher's own clock, stands still, and is treated as one that has ended. Where it
goes on, the fence has grown under it: nothing that it still brings counts, and it comes back as
if it were new. Clocks are not compared, so that setting one, suspending a machine, or a database
that is away for longer than a lease, declares nobody dead.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

import structlog
from ulid import ULID

from processor.errors import ProcessorFault

from . import endings
from .tenants import for_tenant
from .transaction import Database, Row, Transaction

log = structlog.get_logger()

ENDED = "the service ended while the step ran, and took the run with it"
LEASE: Final = timedelta(seconds=10)
"""A process that does not beat for so long stands still."""
BEATS: Final = 10
"""As often does a process beat in a lease, or more often."""
BEAT: Final = timedelta(seconds=1)
"""It waits no longer between two beats: others may have a shorter lease."""


class Locks(Protocol):
    """What shows at once that a process has ended; a lock that nobody holds does."""

    def hold(self, executor_id: str) -> None:
        """Hold the lock of this process, which had none or another one."""

    def let_go(self) -> None:
        """Hold it no longer."""

    def is_held(self, executor_id: str) -> bool:
        """Tell whether a process may still be there."""

    def forget(self, executor_id: str) -> None:
        """Leave nothing behind of a process that is gone."""


class Unlocked:
    """Satisfies Locks between machines: nothing shows the end of a process but its silence."""

    def hold(self, executor_id: str) -> None:
        """See Locks."""

    def let_go(self) -> None:
        """See Locks."""

    def is_held(self, executor_id: str) -> bool:
        """See Locks."""
        return True

    def forget(self, executor_id: str) -> None:
        """See Locks."""


class Executors:
    """The processes of one store, seen by the one that is called `id`."""

    def __init__(self, locks: Locks, lease: timedelta) -> None:
        self.id = str(ULID())
        self.trouble: str | None = None
        """Why the last sign of life could not be given; None where it was."""
        self._locks = locks
        self._lease = lease
        self._beats: dict[str, tuple[int, float]] = {}
        """By process: how far it had counted when that was first seen, and when that was."""
        self._looked = time.monotonic()
        locks.hold(self.id)

    @property
    def beat_every(self) -> timedelta:
        """How long a process waits between two signs of life."""
        return min(self._lease / BEATS, BEAT)

    def close(self) -> None:
        """Let everybody see that this process is gone."""
        self._locks.let_go()

    def lives(self, transaction: Transaction, executor_id: str) -> bool:
        """Tell whether a process is there; this one is."""
        if executor_id == self.id:
            return True
        known = transaction.one("find_executor", executor_id=executor_id)
        return known is not None and self._locks.is_held(executor_id)

    def be_present(self, transaction: Transaction) -> None:
        """Come back where this process was taken for dead."""
        if transaction.one("find_executor", executor_id=self.id) is None:
            self._come(transaction)

    async def beat(self, database: Database) -> None:
        """Give a sign of life, and lose what others had that have ended or stand still."""
        await database.write(self._beat, durable=False)
        rows = await database.read(lambda looking: looking.all("list_executors"))
        for executor_id, beats in self._gone(rows):
            await database.write(partial(self._reap_if_at, executor_id, beats))

    def reap(self, transaction: Transaction, executor_id: str) -> None:
        """Lose what a dead process had under way, and forget it."""
        # Held before its runs are read: whoever claims one in its name waits, and finds it gone.
        transaction.one("hold_executor", executor_id=executor_id)
        for row in transaction.all("list_runs_of_executor", executor_id=executor_id):
            endings.lose(for_tenant(transaction, row["tenant"]), row, ENDED)
        transaction.change("end_turns", executor_id=executor_id)
        transaction.change("remove_executor", executor_id=executor_id)
        # Before the commit: a process without a lock is dead, so a rollback does no harm, and
        # no end of this process in between leaves a file behind.
        self._locks.forget(executor_id)

    def _beat(self, transaction: Transaction) -> None:
        if not transaction.change("beat", executor_id=self.id):
            self._come(transaction)

    def _come(self, transaction: Transaction) -> None:
        # Its lock may be gone with its row; it is held before anybody knows this process by it.
        self._locks.hold(self.id)
        transaction.change("add_executor", executor_id=self.id, pid=os.getpid())

    def _gone(self, rows: list[Row]) -> list[tuple[str, int | None]]:
        """Give those that are dead; where silence tells it, with what they had counted to."""
        now = time.monotonic()
        if now - self._looked > self._lease.total_seconds() / 2:
            self._beats.clear()  # it was this process that stood still, or the database was away
        self._looked = now
        seen = {row["executor_id"]: row["beats"] for row in rows if row["executor_id"] != self.id}
        self._beats = {
            executor_id: known
            if (known := self._beats.get(executor_id)) and known[0] == beats
            else (beats, now)
            for executor_id, beats in seen.items()
        }
        ended = [(each, None) for each in seen if not self._locks.is_held(each)]
        silent = [
            (each, beats)
            for each, (beats, since) in self._beats.items()
            if now - since > self._lease.total_seconds()
        ]
        return [*ended, *(pair for pair in silent if (pair[0], None) not in ended)]

    def _reap_if_at(self, executor_id: str, beats: int | None, transaction: Transaction) -> None:
        row = transaction.one("hold_executor", executor_id=executor_id)
        if row is not None and beats in (None, row["beats"]):
            self.reap(transaction, executor_id)


@asynccontextmanager
async def registered(
    database: Database, locks: Locks, *, lease: timedelta = LEASE
) -> AsyncIterator[Executors]:
    """Be one of the processes of a store, after losing what the dead have left."""
    executors = Executors(locks, lease)
    tasks = asyncio.TaskGroup()
    try:
        await executors.beat(database)
        await tasks.__aenter__()
        beating = tasks.create_task(_go_on_beating(database, executors))
        try:
            yield executors
        finally:
            beating.cancel()
            # Told of no error: it would raise the block's own in a group, which nobody catches.
            await tasks.__aexit__(None, None, None)
            # A store that cannot be written leaves this to the next process that looks.
            with suppress(ProcessorFault):
                await database.write(lambda leaving: executors.reap(leaving, executors.id))
    finally:
        executors.close()


async def _go_on_beating(database: Database, executors: Executors) -> None:
    while True:
        await asyncio.sleep(executors.beat_every.total_seconds())
        try:
            await executors.beat(database)
            executors.trouble = None
        except ProcessorFault as fault:
            executors.trouble = str(fault)
            log.warning("no_sign_of_life", reason=str(fault))
