"""
Which processes live, told by the kernel: each holds a file's lock for its life.

A heartbeat would call a process dead that is only slow, and leave a killed one its leases until a
timeout. The lock is free in the instant its process ends, so a restart after `kill -9` waits for
nobody. It works between processes of one machine, which is all that a SQLite file can serve.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ulid import ULID

from processor.errors import ProcessorFault
from processor.store.kept import Transaction, endings

from .database import Database
from .locks import is_locked, locked

ENDED = "the service ended while the step ran, and took the run with it"


@dataclass(frozen=True, slots=True)
class Executors:
    """The processes of one data directory, seen by the one that is called `id`."""

    id: str
    folder: Path

    def lives(self, executor_id: str) -> bool:
        """Tell whether a process is there; this one is."""
        return executor_id == self.id or is_locked(self.lock_of(executor_id))

    def lock_of(self, executor_id: str) -> Path:
        """Give the file whose lock a process holds."""
        return self.folder / f"{executor_id}.lock"

    def reap(self, transaction: Transaction, executor_id: str) -> None:
        """Lose what a dead process had under way, and forget it."""
        for row in transaction.all("list_runs_of_executor", executor_id=executor_id):
            endings.lose(transaction, row, ENDED)
        transaction.change("end_turns", executor_id=executor_id)
        transaction.change("remove_executor", executor_id=executor_id)
        # Before the commit: a process without a file is dead, so a rollback does no harm, and
        # no end of this process in between leaves a file behind.
        self.lock_of(executor_id).unlink(missing_ok=True)


@asynccontextmanager
async def registered(database: Database, folder: Path) -> AsyncIterator[Executors]:
    """Be one of the processes of a data directory, after losing what the dead have left."""
    executors = Executors(str(ULID()), folder)
    # The lock is held before anybody can know the process by its row.
    with locked(executors.lock_of(executors.id)):
        await database.write(partial(_register, executors))
        try:
            yield executors
        finally:
            # A store that cannot be written leaves this to the next process that looks.
            with suppress(ProcessorFault):
                await database.write(lambda leaving: executors.reap(leaving, executors.id))


def _register(executors: Executors, transaction: Transaction) -> None:
    transaction.change("add_executor", executor_id=executors.id, pid=os.getpid())
    for row in transaction.all("list_executors"):
        if not executors.lives(row["executor_id"]):
            executors.reap(transaction, row["executor_id"])
