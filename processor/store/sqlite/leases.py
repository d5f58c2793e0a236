"""
The two transactions of a run, and what is done where the second never comes.

`claim` registers a run and takes its step's lease; `keep` moves the checkpoint, keeps the answer
and frees the lease; `lose` ends a run whose process will not. Each is all or nothing, so there are
few moments to think about. Where the process dies ...

before `claim` commits
    nothing has happened: a repeat starts afresh.
after `claim`, before `keep` commits
    the run is `running` and the step is leased to a process whose lock is free. The next who
    wants the step or the key, or the next start of a service, loses the run: the fence grows, the
    step is free, the run is `failed` with `killed`. The checkpoint has not moved. A repeat under
    the same key is the same run's next attempt, from the same checkpoint.
between two chunks of rows that are kept as they come
    the chunks are of a run that is `running`, and are forgotten in the transaction that loses it.
    Like `claim`, they need not be durable before `keep` is.
after `keep` commits, before the caller is told
    all is kept. A repeat under the same key is given the kept answer; without a key the next run
    starts from the moved checkpoint, past rows that the caller never saw: this is what keys are
    for.
while losing a run
    one transaction too: the next who looks does it again.

`claim` need not be durable: were the machine to lose it, it would lose the process as well, and
nobody was told. `keep` is, and takes the claim along, which is earlier in the same log.

Where a process is declared dead and lives (its lock file was deleted), the fence is what holds:
it has grown, so `keep` refuses to move anything, and the run can only be recorded as failed.
Fenced is final for a claim; nothing here claims again by itself.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row

import msgspec

from processor.checkpoint import Checkpoint
from processor.errors import Killed, ProcessorFault, StaleCheckpoint
from processor.outcome import describe
from processor.run import Claim, Movement, Run, RunId, Status, Ticket
from processor.runtime.contract import Figure
from processor.step import StepId

from .database import Transaction

AGAIN = "Send the request again under the same Idempotency-Key to run it again."
TAKEN_OVER = "the step was taken over by another run while this one ran; nothing was committed"
NULL = msgspec.Raw(b"null")
NONE = msgspec.Raw(b"[]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What a claim ends with: its answer, and the checkpoint's new value if it moves."""

    claim: Claim
    run: Run
    move: bytes | None
    figures: Sequence[Figure]
    output_schema: bytes | None
    entered: float
    """When the caller asked, by the monotonic clock."""


def claim(
    transaction: Transaction, ticket: Ticket, run_id: RunId, executor_id: str, *, again: bool
) -> Claim:
    """Register a run whose step is free, or start it again where it was lost; take the lease."""
    if ticket.step_id is not None:
        transaction.change("add_step", step_id=ticket.step_id)
    attempt = 1
    if again:
        row = _expected(
            transaction.one(
                "restart_run", run_id=run_id, executor_id=executor_id, trace_id=ticket.trace_id
            )
        )
        attempt = row["attempt"]
    else:
        transaction.change(
            "add_run",
            run_id=run_id,
            step_id=ticket.step_id,
            trace_id=ticket.trace_id,
            executor_id=executor_id,
        )
    fence, checkpoint = 0, None
    if ticket.step_id is not None:
        lease = transaction.one(
            "take_lease", step_id=ticket.step_id, run_id=run_id, executor_id=executor_id
        )
        fence, checkpoint = _expected(lease)["fence"], standing(transaction, ticket.step_id)
    return Claim(run_id=run_id, ticket=ticket, attempt=attempt, fence=fence, checkpoint=checkpoint)


def keep(transaction: Transaction, ending: Ending) -> Run:
    """
    Keep a run's answer, move its step's checkpoint, free the step.

    Raises StaleCheckpoint where the answer rests on a claim or a checkpoint that is not current.
    """
    claim, run = ending.claim, ending.run
    now = _expected(transaction.one("find_attempt", run_id=claim.run_id))
    mine = now["attempt"] == claim.attempt
    if mine and now["state"] != "running" and not now["lost"]:
        # Finished before, and its caller could not know: a commit whose answer got lost.
        return read(_expected(transaction.one("find_run", run_id=claim.run_id)))
    holds = mine and _holds(transaction, claim)
    if not holds and (run.state == "succeeded" or ending.move is not None):
        raise StaleCheckpoint(TAKEN_OVER)
    movement = _move(transaction, claim, ending.move)
    if holds and claim.ticket.step_id is not None:
        transaction.change(
            "free_lease", step_id=claim.ticket.step_id, run_id=claim.run_id, fence=claim.fence
        )
    run = msgspec.structs.replace(
        run, checkpoint=movement, timings=_with_commit(run.timings, ending.entered)
    )
    if mine:
        _end(transaction, run, lost=False, schema=_kept_schema(transaction, ending.output_schema))
        for index, figure in enumerate(ending.figures):
            transaction.change(
                "add_figure", run_id=run.id, position=index, png=figure.png, svg=figure.svg
            )
    # Otherwise the run has gone on to its next attempt, whose answer is the one to keep.
    return run


def add_chunk(transaction: Transaction, claim: Claim, position: int, rows: bytes) -> None:
    """Keep some rows of a run that is under way, which nobody has taken over."""
    added = transaction.change(
        "add_chunk", run_id=claim.run_id, attempt=claim.attempt, position=position, rows=rows
    )
    if not added:
        raise StaleCheckpoint(TAKEN_OVER)


def lose(transaction: Transaction, row: Row, reason: str) -> None:
    """End a run that nobody works on any more, and let its late answer not count."""
    run = read(row)
    movement = None
    if run.step_id is not None:
        transaction.change("break_lease", step_id=run.step_id, run_id=run.id)
        checkpoint = standing(transaction, StepId(run.step_id))
        value = msgspec.Raw(checkpoint.value)
        movement = Movement(before=value, after=value, committed=False, version=checkpoint.version)
    killed = msgspec.structs.replace(
        run,
        state="failed",
        status=Status(code=Killed.status, name="runtime_failed"),
        checkpoint=movement,
        error=msgspec.Raw(msgspec.json.encode(describe(Killed(reason, hint=AGAIN)))),
    )
    _end(transaction, killed, lost=True)


def standing(transaction: Transaction, step_id: StepId) -> Checkpoint:
    """Give a step's checkpoint as it stands; version 0 where it never had one."""
    row = transaction.one("find_checkpoint", step_id=step_id)
    if row is None:
        return Checkpoint(step_id=step_id, value=b"null", version=0, run_id=None, updated_at=None)
    return moved(row, step_id)


def moved(row: Row, step_id: StepId) -> Checkpoint:
    """Give the checkpoint that an entry of the history is."""
    return Checkpoint(
        step_id=step_id,
        value=row["value"],
        version=row["version"],
        run_id=row["run_id"],
        updated_at=datetime.fromisoformat(row["at"]),
    )


def read(row: Row) -> Run:
    """Give a run as it was kept, byte for byte; one that is under way has nothing to tell yet."""
    if row["envelope"] is not None:
        run = msgspec.json.decode(row["envelope"], type=Run)
        return msgspec.structs.replace(run, rows=msgspec.Raw(row["rows"]))
    return Run(
        id=row["run_id"],
        step_id=row["step_id"],
        state=row["state"],
        attempts=row["attempt"],
        status=None,
        rows=NULL,
        row_count=None,
        checkpoint=None,
        logs=NONE,
        logs_truncated=False,
        error=NULL,
        usage=NULL,
        timings=NULL,
        isolation=NULL,
        environment=NULL,
        trace_id=row["trace_id"],
    )


def _holds(transaction: Transaction, claim: Claim) -> bool:
    if claim.ticket.step_id is None:
        return True
    lease = _expected(transaction.one("find_lease", step_id=claim.ticket.step_id))
    return (lease["fence"], lease["lease_run_id"]) == (claim.fence, claim.run_id)


def _move(transaction: Transaction, claim: Claim, value: bytes | None) -> Movement | None:
    """Move the claim's checkpoint, and tell where it stands now, whoever brought it there."""
    if claim.checkpoint is None:
        return None
    step_id = claim.checkpoint.step_id
    if value is not None:
        # A manual set since then has this version: it moves the version and leaves the fence
        # alone, which is enough, since whoever moves must have seen the version before.
        entry = transaction.one(
            "move_checkpoint",
            step_id=step_id,
            seen=claim.checkpoint.version,
            value=value,
            run_id=claim.run_id,
            source="run",
        )
        if entry is None:
            raise StaleCheckpoint(
                "the checkpoint was moved from outside while the step ran; nothing was committed"
            )
    now = standing(transaction, step_id)
    return Movement(
        before=msgspec.Raw(claim.checkpoint.value),
        after=msgspec.Raw(now.value),
        committed=value is not None,
        version=now.version,
    )


def _kept_schema(transaction: Transaction, document: bytes | None) -> bytes | None:
    """Keep a schema under the digest of its text, and give that."""
    if document is None:
        return None
    digest = hashlib.sha256(document).digest()
    transaction.change("add_output_schema", digest=digest, document=document)
    return digest


def _end(transaction: Transaction, run: Run, *, lost: bool, schema: bytes | None = None) -> None:
    envelope = msgspec.structs.replace(run, rows=NULL)
    if run.state != "succeeded":
        transaction.change("forget_chunks", run_id=run.id)
    transaction.change(
        "end_run",
        run_id=run.id,
        state=run.state,
        lost=lost,
        envelope=msgspec.json.encode(envelope),
        rows=bytes(run.rows),
        output_schema=schema,
    )


def _with_commit(timings: msgspec.Raw, entered: float) -> msgspec.Raw:
    """Add the time of the commit, as far as it can be known by what is committed."""
    known = msgspec.json.decode(timings, type=dict[str, msgspec.Raw] | None) or {}
    taken = round((time.monotonic() - entered) * 1000, 3)
    return msgspec.Raw(
        msgspec.json.encode(known | {"commit_ms": msgspec.Raw(msgspec.json.encode(taken))})
    )


def _expected(row: Row | None) -> Row:
    if row is None:
        raise ProcessorFault("the store lacks what this process wrote into it")
    return row
