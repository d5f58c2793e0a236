"""
Which processes live: each holds a file's lock for its life, and counts its beats.

The lock is free in the instant its process ends, so a restart after `kill -9` waits for nobody. But
a process that is suspended keeps it. So each process also counts up a number, and each watches the
numbers of the others: one that has not moved for a lease, by the watcher's own clock, stands still,
and is treated as one that has ended. Where it goes on, the fence has grown under it: nothing that
it still brings counts, and it comes back as if it were new. Clocks are not compared, so that
setting one, or suspending the machine, declares nobody dead.

It works between processes of one machine, which is all that a SQLite file can serve.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from ulid import ULID

from processor.errors import ProcessorFault
from processor.store.kept import Transaction, endings

from .database import Database
from .locks import is_locked, lock

log = structlog.get_logger()

ENDED = "the service ended while the step ran, and took the run with it"
BEAT: Final = timedelta(seconds=1)
LEASE: Final = timedelta(seconds=10)
"""A process that does not beat for so long stands still."""


class Executors:
    """The processes of one data directory, seen by the one that is called `id`."""

    def __init__(self, folder: Path) -> None:
        self.id = str(ULID())
        self.folder = folder
        self._lock: int | None = lock(self.lock_of(self.id))
        self._beats: dict[str, tuple[int, float]] = {}
        """By process: how far it had counted when that was first seen, and when that was."""
        self._swept = time.monotonic()

    def close(self) -> None:
        """Let everybody see that this process is gone."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def lives(self, executor_id: str) -> bool:
        """Tell whether a process is there; this one is."""
        return executor_id == self.id or is_locked(self.lock_of(executor_id))

    def lock_of(self, executor_id: str) -> Path:
        """Give the file whose lock a process holds."""
        return self.folder / f"{executor_id}.lock"

    def be_present(self, transaction: Transaction) -> None:
        """Give a sign of life, and come back where this process was taken for dead."""
        if transaction.change("beat", executor_id=self.id):
            return
        # Its file may be gone with its row; the lock is held before anybody knows it by a new one.
        self.close()
        self._lock = lock(self.lock_of(self.id))
        transaction.change("add_executor", executor_id=self.id, pid=os.getpid())

    def sweep(self, transaction: Transaction) -> None:
        """Give a sign of life, and lose what others had that have ended or stand still."""
        self.be_present(transaction)
        now = time.monotonic()
        if now - self._swept > LEASE.total_seconds() / 2:
            self._beats.clear()  # it was this process that stood still
        self._swept = now
        for row in transaction.all("list_executors"):
            executor_id = row["executor_id"]
            if executor_id == self.id:
                continue
            if not self.lives(executor_id) or self._stands_still(executor_id, row["beats"], now):
                self.reap(transaction, executor_id)

    def reap(self, transaction: Transaction, executor_id: str) -> None:
        """Lose what a dead process had under way, and forget it."""
        for row in transaction.all("list_runs_of_executor", executor_id=executor_id):
            endings.lose(transaction, row, ENDED)
        transaction.change("end_turns", executor_id=executor_id)
        transaction.change("remove_executor", executor_id=executor_id)
        # Before the commit: a process without a file is dead, so a rollback does no harm, and
        # no end of this process in between leaves a file behind.
        self.lock_of(executor_id).unlink(missing_ok=True)
        self._beats.pop(executor_id, None)

    def _stands_still(self, executor_id: str, beats: int, now: float) -> bool:
        known, since = self._beats.get(executor_id, (-1, now))
        if known != beats:
            self._beats[executor_id] = (beats, now)
            return False
        return now - since > LEASE.total_seconds()


@asynccontextmanager
async def registered(database: Database, folder: Path) -> AsyncIterator[Executors]:
    """Be one of the processes of a data directory, after losing what the dead have left."""
    executors = Executors(folder)
    tasks = asyncio.TaskGroup()
    try:
        await database.write(executors.sweep)
        await tasks.__aenter__()
        beating = tasks.create_task(_beat(database, executors))
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


async def _beat(database: Database, executors: Executors) -> None:
    while True:
        await asyncio.sleep(BEAT.total_seconds())
        try:
            await database.write(executors.sweep, durable=False)
        except ProcessorFault as fault:
            log.warning("no_sign_of_life", reason=str(fault))
