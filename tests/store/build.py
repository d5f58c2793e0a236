"""Tickets and runs, valid unless told otherwise; stores by name, for suites that run on each."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import msgspec

from processor.callback import Outbox
from processor.checkpoint import Checkpoints
from processor.identity import DEFAULT_TENANT, Keys, Tenant
from processor.job import Backlogs, Job, Jobs
from processor.join import Joins
from processor.notice import Notices
from processor.run import Claim, Run, RunId, Runs, State, Status, Ticket
from processor.schedule import Schedules
from processor.schema import SchemaDocuments
from processor.step import SchemaName, StepId, StoredSteps
from processor.store import postgresql, sqlite
from processor.store.kept import Keeping
from processor.store.kept.outbox import KeptOutbox
from processor.store.postgresql.database import CONNECTIONS
from processor.store.postgresql.database import Database as Lanes
from processor.store.sqlite.database import Database as File

STEP = StepId("task-42/step-7")


class Store(Protocol):
    """What every implementation opens as."""

    def of(self, tenant: Tenant) -> "Store": ...
    @property
    def runs(self) -> Runs: ...
    @property
    def checkpoints(self) -> Checkpoints: ...
    @property
    def schemas(self) -> SchemaDocuments: ...
    @property
    def steps(self) -> StoredSteps: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def backlog(self) -> Backlogs: ...
    @property
    def joins(self) -> Joins: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def keys(self) -> Keys: ...


Opens: TypeAlias = Callable[[], AbstractAsyncContextManager[Store]]
"""Opens the store of the test; each time as if by another process."""


def opens(place: str, keeping: Keeping | None = None) -> Opens:
    """Give what opens the store at a URL, or in a folder."""
    keeping = keeping or Keeping()
    if place.startswith("postgresql:"):
        return lambda: postgresql.opened(place, keeping)
    return lambda: sqlite.opened(Path(place), keeping)


def a_ticket(
    step_id: str | None = STEP,
    key: str | None = None,
    body: bytes = b"{}",
    tenant: Tenant = DEFAULT_TENANT,
) -> Ticket:
    return Ticket(
        tenant=tenant,
        step_id=None if step_id is None else StepId(step_id),
        key=key,
        body_digest=hashlib.sha256(body).digest(),
        trace_id="0af7651916cd43dd8448eb211c80319c",
    )


def a_job(step_id: str | None = STEP, key: str | None = None, **changes: Any) -> Job:
    members: dict[str, Any] = {"ticket": a_ticket(step_id, key), "document": b'{"an": "order"}'}
    return Job(**{**members, **changes})


async def submitted(store: Store, job: Job | None = None) -> RunId:
    """Submit a job, and give the run that waits."""
    run = await store.jobs.submit(job or a_job())
    assert run.state == "queued"
    return RunId(run.id)


async def taken(store: Store, run_id: RunId) -> Claim:
    """Claim a run as a worker does."""
    job = await store.jobs.get(run_id)
    assert job is not None
    return await claimed(store.runs, job.ticket)


def a_run(claim: Claim, state: State = "succeeded", rows: bytes | None = None) -> Run:
    failed = state != "succeeded"
    if rows is None:
        rows = b"null" if failed else b'[{"id": 2}]'
    return Run(
        id=claim.run_id,
        step_id=claim.ticket.step_id,
        state=state,
        attempts=claim.attempt,
        status=Status(code=300, name="connector_failed")
        if failed
        else Status(code=200, name="finished_successfully"),
        rows=msgspec.Raw(rows),
        row_count=None if failed else 1,
        checkpoint=None,
        logs=msgspec.Raw(b'[{"level": "info", "message": "so far"}]'),
        logs_truncated=False,
        error=msgspec.Raw(b'{"code":"statement_raised","retryable":false}' if failed else b"null"),
        usage=msgspec.Raw(b'{"wall_ms":4.1}'),
        timings=msgspec.Raw(b'{"queue_ms":0.10,"execute_ms":1.9}'),
        isolation=msgspec.Raw(b'{"level":3}'),
        environment=msgspec.Raw(b'{"name":"processor-3.2"}'),
        trace_id=claim.ticket.trace_id,
    )


async def claimed(runs: Runs, ticket: Ticket | None = None) -> Claim:
    claim = await runs.claim(ticket or a_ticket())
    assert isinstance(claim, Claim)
    return claim


async def a_cycle(runs: Runs, move: bytes | None, ticket: Ticket | None = None) -> Run:
    claim = await claimed(runs, ticket)
    return await runs.finish(claim, a_run(claim), move)


async def kept(runs: Runs, run_id: str) -> Run:
    run = await runs.get(RunId(run_id))
    assert run is not None
    return run


async def asked(store: Store) -> None:
    """Let all that was asked of a store before now be answered, or begin to wait for a run."""
    for _ in range(3):
        await store.checkpoints.get(STEP)
        await store.schemas.put(SchemaName("asked"), {})
        await _is_idle(store)


async def _is_idle(store: Store) -> None:
    """Wait until no transaction is under way, where several may be."""
    assert isinstance(store.outbox, KeptOutbox)
    database = store.outbox._database
    while isinstance(database, Lanes) and database._free.qsize() < CONNECTIONS:
        await asyncio.sleep(0.001)


def writer_of(store: Store) -> tuple[ThreadPoolExecutor, sqlite3.Connection]:
    """Give what writes into a SQLite file."""
    assert isinstance(store.outbox, KeptOutbox)
    database = store.outbox._database
    assert isinstance(database, File)
    return database._writer


async def until(condition: Callable[[], object]) -> None:
    """Let others run until something holds; the test's timeout is the deadline."""
    while not condition():
        await asyncio.sleep(0)
