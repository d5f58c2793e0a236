"""How runs end: with an answer that is kept, with another attempt to come, or by being lost."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from processor.errors import Cancelled, Killed
from processor.job import next_attempt
from processor.outcome import describe, status_of
from processor.run import Movement, Run
from processor.runtime.contract import Figure
from processor.schedule import goes_on
from processor.step import Queueing, StepId

from .ids import new_id
from .moves import standing
from .notices import tell_end, tell_state
from .outbox import put_out
from .transaction import Row, Transaction

CANCELLED = "the run was cancelled"
AGAIN = "Send the request again under the same Idempotency-Key to run it again."
NULL = msgspec.Raw(b"null")
NONE = msgspec.Raw(b"[]")


def settle(
    transaction: Transaction, run: Run, figures: Sequence[Figure], schema: bytes | None
) -> Run:
    """
    Keep how an attempt ended: as the run's end, or as the reason for another attempt.

    `schema` is the output schema that its rows had, as JSON.
    """
    delay = _delay(transaction, run)
    if delay is not None:
        return put_back(transaction, run, delay=delay)
    # Of a run that was killed the answer says nothing: a repeat under its key is to run it again.
    lost = run.state == "failed" and _error(run) == _KILLED
    end(transaction, run, lost=lost, schema=_kept_schema(transaction, schema))
    for index, figure in enumerate(figures):
        transaction.change(
            "add_figure", run_id=run.id, position=index, png=figure.png, svg=figure.svg
        )
    return run


class _Error(msgspec.Struct, frozen=True):
    """What of an error decides on another attempt."""

    code: str
    retryable: bool


_KILLED = _Error(code=Killed.code, retryable=True)


def _error(run: Run) -> _Error:
    return msgspec.json.decode(run.error, type=_Error)


def _delay(transaction: Transaction, run: Run) -> float | None:
    """Give the seconds until a failed run's next attempt; None where there is none."""
    job = transaction.one("find_attempts", run_id=run.id) if run.state == "failed" else None
    if job is None:
        return None
    error = _error(run)
    delay = next_attempt(
        Queueing(
            max_attempts=job["most_attempts"],
            backoff=timedelta(seconds=job["backoff_seconds"]),
            retry_on=job["retry_on"],
        ),
        attempts=run.attempts,
        code=error.code,
        retryable=error.retryable,
    )
    return None if delay is None else delay.total_seconds()


def _kept_schema(transaction: Transaction, document: bytes | None) -> bytes | None:
    """Keep a schema under the digest of its text, and give that."""
    if document is None:
        return None
    digest = hashlib.sha256(document).digest()
    transaction.change("add_output_schema", digest=digest, document=document)
    return digest


def end(
    transaction: Transaction, run: Run, *, lost: bool = False, schema: bytes | None = None
) -> None:
    """
    Keep a run's answer, tell of its end, and forget its job unless it failed.

    `schema` is the digest of a kept output schema. What was streamed of a run that has not
    succeeded is forgotten.
    """
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
    tell_end(transaction, run, run.attempts)
    _go_on(transaction, run)
    url = _callback_url(transaction, run)
    if url is not None:
        put_out(transaction, run, url)
    if run.state != "failed":
        transaction.change("remove_job", run_id=run.id)


def _callback_url(transaction: Transaction, run: Run) -> str | None:
    row = transaction.one("find_callback_url", run_id=run.id)
    return None if row is None else row["callback_url"]


def _go_on(transaction: Transaction, run: Run) -> None:
    """Let the next cycle follow a run, in the transaction that ends it."""
    job = transaction.one("find_cycles", run_id=run.id) if run.state == "succeeded" else None
    if job is None or not goes_on(run, cycles_left=job["cycles_left"]):
        return
    run_id, url = new_id(), _callback_url(transaction, run)
    transaction.change(
        "add_queued_run",
        run_id=run_id,
        step_id=run.step_id,
        trace_id=run.trace_id,
        origin="cycle",
        parent_id=run.id,
        callback_url=url,
    )
    transaction.change("add_cycle", run_id=run_id, after=run.id)
    tell_state(transaction, run_id, 0, "queued")


def lose(transaction: Transaction, row: Row, reason: str) -> None:
    """
    End a run that nobody works on any more, and let its late answer not count.

    Where a job was made for it, it waits for its next attempt instead, if it may have one.
    """
    run = read(row)
    movement = None
    if run.step_id is not None:
        transaction.change("break_lease", step_id=run.step_id, run_id=run.id)
    if _attempts_left(transaction, run) and not row["cancel_requested"]:
        put_back(transaction, run, delay=0)
        return
    if run.step_id is not None:
        checkpoint = standing(transaction, StepId(run.step_id))
        value = msgspec.Raw(checkpoint.value)
        movement = Movement(before=value, after=value, committed=False, version=checkpoint.version)
    error = Cancelled(CANCELLED) if row["cancel_requested"] else Killed(reason, hint=AGAIN)
    killed = msgspec.structs.replace(
        run,
        state="cancelled" if row["cancel_requested"] else "failed",
        status=status_of(error),
        checkpoint=movement,
        error=msgspec.Raw(msgspec.json.encode(describe(error))),
    )
    end(transaction, killed, lost=not row["cancel_requested"])


def put_back(transaction: Transaction, run: Run, *, delay: float) -> Run:
    """Let a job's run wait for its next attempt, some seconds from now; its error is shown."""
    transaction.change("forget_chunks", run_id=run.id)
    queued = msgspec.structs.replace(run, state="queued", rows=NULL, row_count=None, status=None)
    transaction.change("queue_run", run_id=run.id, envelope=msgspec.json.encode(queued))
    transaction.change("put_back_job", run_id=run.id, delay=f"{delay:+} seconds")
    tell_state(transaction, run.id, run.attempts, "queued")
    return queued


def _attempts_left(transaction: Transaction, run: Run) -> bool:
    job = transaction.one("find_attempts", run_id=run.id)
    return job is not None and run.attempts < job["most_attempts"]


def read(row: Row) -> Run:
    """Give a run as it was kept, byte for byte; one that is under way has nothing to tell yet."""
    if row["envelope"] is not None:
        run = msgspec.json.decode(row["envelope"], type=Run)
        rows = NULL if row["rows"] is None else msgspec.Raw(row["rows"])
        return msgspec.structs.replace(run, rows=rows)
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
