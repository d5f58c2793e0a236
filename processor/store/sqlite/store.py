"""The store of one data directory, from its opening to its closing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from processor.errors import ProcessorFault
from processor.store.kept import (
    KeptBacklog,
    KeptJobs,
    KeptJoins,
    KeptKeys,
    KeptNotices,
    KeptOutbox,
    KeptSchedules,
    KeptSteps,
)

from . import database, executors
from .checkpoints import SqliteCheckpoints
from .migrate import migrate
from .runs import SqliteRuns
from .schemas import SqliteSchemaDocuments


@dataclass(frozen=True, kw_only=True, slots=True)
class SqliteStore:
    """What survives a restart, in one file that processes of one machine may share."""

    runs: SqliteRuns
    checkpoints: SqliteCheckpoints
    schemas: SqliteSchemaDocuments
    steps: KeptSteps
    jobs: KeptJobs
    backlog: KeptBacklog
    notices: KeptNotices
    joins: KeptJoins
    schedules: KeptSchedules
    outbox: KeptOutbox
    keys: KeptKeys


@asynccontextmanager
async def opened(
    data_dir: Path, *, keys_kept_for: timedelta = timedelta(hours=24), most_waiting: int = 10_000
) -> AsyncIterator[SqliteStore]:
    """
    Open the store of a data directory, which must be on a local disk.

    It is made, or brought to the newest tables, where it is not there yet; runs that a dead
    process left are ended. Raises ProcessorFault where that cannot be done.
    """
    path = await asyncio.to_thread(_prepared, data_dir)
    async with (
        database.opened(path) as opened_database,
        executors.registered(opened_database, data_dir / "executors") as alive,
    ):
        yield SqliteStore(
            runs=SqliteRuns(opened_database, alive, keys_kept_for=keys_kept_for),
            checkpoints=SqliteCheckpoints(opened_database),
            schemas=SqliteSchemaDocuments(opened_database),
            steps=KeptSteps(opened_database),
            jobs=KeptJobs(opened_database, keys_kept_for=keys_kept_for, most_waiting=most_waiting),
            backlog=KeptBacklog(opened_database),
            notices=KeptNotices(opened_database),
            joins=KeptJoins(opened_database),
            schedules=KeptSchedules(opened_database),
            outbox=KeptOutbox(opened_database),
            keys=KeptKeys(opened_database),
        )


def _prepared(data_dir: Path) -> Path:
    path = migrate(data_dir)
    folder = data_dir / "executors"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ProcessorFault(f"{folder} cannot be made: {error}") from error
    return path
