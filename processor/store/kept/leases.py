"""
The two transactions of a run, and what is done where the second never comes.

`claim` registers a run and takes its step's lease; `keep` moves the checkpoint, keeps the answer
and frees the lease; `lose` ends a run whose process will not. Each is all or nothing, so there are
few moments to think about. Where the process dies ...

before `claim` commits
    nothing has happened: a repeat starts afresh.
after the claim of a run that binds nobody, before it is registered
    it is nowhere but in the memory of its process, and goes with it. Nobody was told its id,
    nobody waits for its step, and no key and no callback is its. Where it ends before that,
    `register` and `keep` are one transaction.
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

import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from processor.errors import ProcessorFault, StaleCheckpoint
from processor.run import Claim, Run, RunId, Ticket
from processor.runtime.contract import Figure

from .endings import read, settle
from .moves import move, standing
from .notices import tell_state
from .transaction import Row, Transaction

TAKEN_OVER = "the step was taken over by another run while this one ran; nothing was committed"


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
    """Register a run, or start it again where it was lost; take the lease of its step, if free."""
    attempt = 1
    if again:
        row = _expected(
            transaction.one(
                "restart_run", run_id=run_id, executor_id=executor_id, trace_id=ticket.trace_id
            )
        )
        attempt = row["attempt"]
        transaction.change("take_job", run_id=run_id)
        transaction.change("remove_figures", run_id=run_id)
    else:
        transaction.change(
            "add_run",
            run_id=run_id,
            step_id=ticket.step_id,
            trace_id=ticket.trace_id,
            executor_id=executor_id,
            callback_url=ticket.callback_url,
        )
    fence, checkpoint = 0, None
    if ticket.step_id is not None:
        lease = transaction.one(
            "take_lease", step_id=ticket.step_id, run_id=run_id, executor_id=executor_id
        )
        fence, checkpoint = _expected(lease)["fence"], standing(transaction, ticket.step_id)
    tell_state(transaction, run_id, attempt, "running")
    return Claim(run_id=run_id, ticket=ticket, attempt=attempt, fence=fence, checkpoint=checkpoint)


def unregistered(ticket: Ticket, run_id: RunId) -> Claim:
    """Give the claim of a run that binds nobody, and that the store does not know."""
    return Claim(run_id=run_id, ticket=ticket, attempt=1, fence=0, checkpoint=None)


def register(transaction: Transaction, made: Claim, executor_id: str) -> None:
    """Register a run that binds nobody, unless the store knows it."""
    if transaction.one("find_attempt", run_id=made.run_id) is None:
        claim(transaction, made.ticket, made.run_id, executor_id, again=False)


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
    movement = move(transaction, claim, ending.move)
    if holds and claim.ticket.step_id is not None:
        transaction.change(
            "free_lease", step_id=claim.ticket.step_id, run_id=claim.run_id, fence=claim.fence
        )
    run = msgspec.structs.replace(
        run, checkpoint=movement, timings=_with_commit(run.timings, ending.entered)
    )
    # Where it is not mine, the run has gone on to its next attempt, whose answer is to be kept.
    return settle(transaction, run, ending.figures, ending.output_schema) if mine else run


def add_chunk(transaction: Transaction, claim: Claim, position: int, rows: bytes) -> None:
    """Keep some rows of a run that is under way, which nobody has taken over."""
    added = transaction.change(
        "add_chunk", run_id=claim.run_id, attempt=claim.attempt, position=position, rows=rows
    )
    if not added:
        raise StaleCheckpoint(TAKEN_OVER)


def _holds(transaction: Transaction, claim: Claim) -> bool:
    if claim.ticket.step_id is None:
        return True
    lease = _expected(transaction.one("find_lease", step_id=claim.ticket.step_id))
    return (lease["fence"], lease["lease_run_id"]) == (claim.fence, claim.run_id)


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
