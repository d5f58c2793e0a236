"""Jobs: registered with their run in one transaction, claimed in another, by whoever is first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import msgspec

from processor.errors import Cancelled, KeyReused, NotDead, Refusal, StepError, UnknownRun
from processor.identity import Tenant
from processor.job import Job, Listed
from processor.outcome import describe, describe_refusal, status_of
from processor.run import Run, RunId, State, Status, Ticket
from processor.step import Queueing, StepId

from .endings import CANCELLED, end, read
from .ids import instant, new_id
from .listing import list_query, listed
from .notices import tell_state
from .room import Room
from .rounds import in_rounds
from .tenants import Tenanted, for_tenant
from .transaction import Database, Row, Transaction

NOT_RUN = Status(code=300, name="connector_failed")
MOST_FORGOTTEN = 200
"""Runs at once, so that nobody waits long for the one who writes."""


class KeptJobs(Tenanted):
    """Satisfies Jobs."""

    def __init__(self, database: Database, *, keys_kept_for: timedelta, room: Room) -> None:
        super().__init__(database)
        self._room = room
        self._age = f"{-keys_kept_for.total_seconds():+} seconds"

    async def submit(self, job: Job) -> Run:
        """See Jobs."""
        work = partial(_submit, job, self._age, self._room)
        return await self._database.write(
            lambda submitting: work(for_tenant(submitting, job.ticket.tenant))
        )

    async def ready(self, limit: int, *, after: Tenant | None = None) -> Mapping[RunId, Tenant]:
        """See Jobs."""
        return await self._database.read(partial(in_rounds, limit, after))

    async def get(self, run_id: RunId) -> Job | None:
        """See Jobs."""
        row = await self._database.read(lambda reading: reading.one("find_job", run_id=run_id))
        return None if row is None else _job(row)

    async def refuse(self, run_id: RunId, error: Refusal) -> None:
        """See Jobs."""
        await self._database.write(partial(_refuse, run_id, error))

    async def put_off(self, run_id: RunId, seconds: float) -> None:
        """See Jobs."""
        delay = f"{seconds:+} seconds"
        await self._database.write(
            lambda waiting: waiting.change("put_off_job", run_id=run_id, delay=delay)
        )

    async def redrive(self, run_id: RunId) -> Run:
        """See Jobs."""
        return await self._database.write(partial(_redrive, run_id))

    async def cancel(self, run_id: RunId) -> Run | None:
        """See Jobs."""
        return await self._database.write(partial(_cancel, run_id))

    async def to_cancel(self) -> Sequence[RunId]:
        """See Jobs."""
        rows = await self._database.read(lambda reading: reading.all("list_runs_to_cancel"))
        return [RunId(row["run_id"]) for row in rows]

    async def list(
        self,
        *,
        step_id: StepId | None = None,
        state: State | None = None,
        dead_letters: bool = False,
        before: RunId | None = None,
        limit: int,
    ) -> Sequence[Listed]:
        """See Jobs."""
        query, which = list_query(step_id, state, dead_letters=dead_letters)
        rows = await self._database.read(
            lambda reading: reading.all(query, **which, before=before, limit=limit)
        )
        return [listed(row) for row in rows]

    async def forget(self, *, days: float) -> int:
        """See Jobs."""
        return await self._database.write(partial(_forget, f"{-days:+} days"), durable=False)


def register(transaction: Transaction, job: Job, run_id: RunId) -> Run:
    """Register a run that waits for a worker, with its job."""
    ticket = job.ticket
    if ticket.step_id is not None:
        transaction.change("add_step", step_id=ticket.step_id)
    transaction.change(
        "add_queued_run",
        run_id=run_id,
        step_id=ticket.step_id,
        trace_id=ticket.trace_id,
        origin=job.origin,
        parent_id=job.parent,
        callback_url=ticket.callback_url,
    )
    return _wait(transaction, job, run_id)


def _submit(job: Job, age: str, room: Room, transaction: Transaction) -> Run:
    ticket = job.ticket
    if ticket.key is None:
        return _admit(transaction, job, room)
    transaction.change("forget_keys", age=age)
    known = transaction.one("find_key", key=ticket.key, age=age)
    if known is None:
        room.require(transaction, job)
        run = register(transaction, job, new_id())
        transaction.change("add_key", key=ticket.key, run_id=run.id, body_digest=ticket.body_digest)
        return run
    if known["body_digest"] != ticket.body_digest:
        raise KeyReused("the Idempotency-Key was used before, with another body")
    if known["lost"]:
        transaction.change("queue_run", run_id=known["run_id"], envelope=None)
        return _wait(transaction, job, RunId(known["run_id"]))
    return read(known)


def _admit(transaction: Transaction, job: Job, room: Room) -> Run:
    """Register a job where there is room for it, or let the one that waits stand for both."""
    step_id, queueing = job.ticket.step_id, job.queueing
    if step_id is not None and queueing.coalesce:
        waiting = transaction.one("find_first_waiting", step_id=step_id)
        if waiting is not None:
            _keep(transaction, job, waiting["run_id"])
            return read(_existing(transaction, waiting["run_id"]))
    room.require(transaction, job)
    return register(transaction, job, new_id())


def _redrive(run_id: RunId, transaction: Transaction) -> Run:
    if transaction.one("find_attempt", run_id=run_id) is None:
        raise UnknownRun(f"no run has the id {run_id!r:.80}")
    row = transaction.one("find_dead_letter", run_id=run_id)
    if row is None:
        raise NotDead("the run did not fail, was never deferred, or was redriven before")
    queueing = Queueing(
        max_attempts=row["most_attempts"],
        backoff=timedelta(seconds=row["backoff_seconds"]),
        retry_on=row["retry_on"],
        priority=row["priority"],
    )
    found = _job(row)
    ticket = replace(found.ticket, callback_url=row["callback_url"])
    job = replace(found, ticket=ticket, origin="redrive", queueing=queueing, parent=run_id)
    run = register(transaction, job, new_id())
    transaction.change("remove_job", run_id=run_id)
    return run


def _keep(transaction: Transaction, job: Job, run_id: RunId) -> None:
    queueing = job.queueing
    until = None if job.cycles is None else job.cycles.until
    transaction.change(
        "add_job",
        run_id=run_id,
        step_id=job.ticket.step_id,
        priority=queueing.priority,
        most_attempts=queueing.max_attempts,
        backoff_seconds=queueing.backoff.total_seconds(),
        retry_on=queueing.retry_on,
        schedule_id=None if job.cycles is None else job.cycles.schedule_id,
        cycles_left=0 if job.cycles is None else job.cycles.left,
        cycles_until=None if until is None else instant(until),
        document=job.document,
    )


def _wait(transaction: Transaction, job: Job, run_id: RunId) -> Run:
    _keep(transaction, job, run_id)
    run = read(_existing(transaction, run_id))
    tell_state(transaction, run_id, run.attempts, "queued")
    return run


def _refuse(run_id: RunId, error: Refusal, transaction: Transaction) -> None:
    owner = transaction.one("find_tenant", run_id=run_id)
    if owner is None:
        return
    transaction = for_tenant(transaction, owner["tenant"])
    row = transaction.one("find_attempt", run_id=run_id)
    if row is not None and row["state"] == "queued":
        end_unrun(transaction, run_id, error)


def _cancel(run_id: RunId, transaction: Transaction) -> Run | None:
    row = transaction.one("find_run", run_id=run_id)
    if row is None:
        return None
    if row["state"] == "queued":
        return end_unrun(transaction, run_id, Cancelled(CANCELLED))
    transaction.change("request_cancel", run_id=run_id)
    return read(row)


def end_unrun(transaction: Transaction, run_id: RunId, error: Refusal | StepError) -> Run:
    """End a run that waits; nothing holds its step for it."""
    if isinstance(error, StepError):
        status, told = status_of(error), describe(error)
    else:
        status, told = NOT_RUN, describe_refusal(error)
    run = msgspec.structs.replace(
        read(_existing(transaction, run_id)),
        state="cancelled" if isinstance(error, Cancelled) else "failed",
        status=status,
        error=msgspec.Raw(msgspec.json.encode(told)),
    )
    transaction.change("take_job", run_id=run.id)
    end(transaction, run)
    return run


def _forget(age: str, transaction: Transaction) -> int:
    rows = transaction.all("list_old_runs", age=age, limit=MOST_FORGOTTEN)
    for row in rows:
        transaction.change("remove_figures", run_id=row["run_id"])
        transaction.change("forget_chunks", run_id=row["run_id"])
        transaction.change("remove_run", run_id=row["run_id"])
    if rows:
        transaction.change("remove_unused_output_schemas")
    return len(rows)


def _job(row: Row) -> Job:
    ticket = Ticket(
        tenant=Tenant(row["tenant"]),
        step_id=row["step_id"],
        key=None,
        body_digest=b"",
        trace_id=row["trace_id"],
        run_id=row["run_id"],
    )
    return Job(ticket=ticket, document=row["document"], origin=row["origin"])


def _existing(transaction: Transaction, run_id: RunId) -> Row:
    row = transaction.one("find_run", run_id=run_id)
    assert row is not None, "it was registered in this transaction"
    return row
