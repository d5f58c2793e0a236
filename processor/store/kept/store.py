"""Everything that is kept, put together on one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from processor.identity import DEFAULT_TENANT, Tenant

from . import executors
from .api_keys import KeptKeys
from .backlog import KeptBacklog
from .checkpoints import KeptCheckpoints
from .executors import LEASE, Executors, Locks
from .jobs import KeptJobs
from .joins import KeptJoins
from .notices import KeptNotices
from .outbox import KeptOutbox
from .room import Room
from .runs import KeptRuns
from .schedules import KeptSchedules
from .schemas import KeptSchemas
from .steps import KeptSteps
from .transaction import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeping:
    """How long, and how much, a store keeps."""

    keys_for: timedelta = timedelta(hours=24)
    """How long a caller may rely on an Idempotency-Key."""
    room: Room = Room(in_all=10_000, of_tenant=0)
    """Deferred runs that may wait."""
    lease: timedelta = LEASE
    """A process that gives no sign of life for so long loses what it has under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """What survives a restart, as the processes that share it have it open."""

    executors: Executors
    runs: KeptRuns
    checkpoints: KeptCheckpoints
    schemas: KeptSchemas
    steps: KeptSteps
    jobs: KeptJobs
    backlog: KeptBacklog
    notices: KeptNotices
    joins: KeptJoins
    schedules: KeptSchedules
    outbox: KeptOutbox
    keys: KeptKeys

    def of(self, tenant: Tenant) -> Self:
        """Give the store as a tenant sees it; what is due, sent or shown to callers is of all."""
        return replace(
            self,
            runs=self.runs.of(tenant),
            checkpoints=self.checkpoints.of(tenant),
            schemas=self.schemas.of(tenant),
            steps=self.steps.of(tenant),
            jobs=self.jobs.of(tenant),
            notices=self.notices.of(tenant),
            joins=self.joins.of(tenant),
            schedules=self.schedules.of(tenant),
        )

    @property
    def trouble(self) -> str | None:
        """Why the database could not be reached when this process last tried; None if it could."""
        return self.executors.trouble


@asynccontextmanager
async def kept_on(database: Database, locks: Locks, keeping: Keeping) -> AsyncIterator[Store]:
    """Be one of the processes that keep their things on a database."""
    async with executors.registered(database, locks, lease=keeping.lease) as alive:
        store = Store(
            executors=alive,
            runs=KeptRuns(database, alive, keys_kept_for=keeping.keys_for),
            checkpoints=KeptCheckpoints(database),
            schemas=KeptSchemas(database),
            steps=KeptSteps(database),
            jobs=KeptJobs(database, keys_kept_for=keeping.keys_for, room=keeping.room),
            backlog=KeptBacklog(database),
            notices=KeptNotices(database),
            joins=KeptJoins(database),
            schedules=KeptSchedules(database),
            outbox=KeptOutbox(database),
            keys=KeptKeys(database),
        )
        yield store.of(DEFAULT_TENANT)
