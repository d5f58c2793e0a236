"""
What is decided in the transaction of a claim: whether a run begins, and whom it waits for.

It runs in the threads of the database, and perhaps more than once for one claim.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from processor.errors import KeyReused, UnknownRun
from processor.run import Claim, Run, RunId, Ticket

from . import endings, leases, lines
from .executors import Executors
from .ids import new_id
from .transaction import Row, Transaction

UNKEPT = "the request was cancelled or its answer could not be kept, so the run does not count"


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody lives who works on this run."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody works on this run any more; it is to be claimed again."""

    run_id: str


@dataclass(eq=False, slots=True)
class Hold:
    """What this process has of a claim: its turn at the step, and those who wait for its end."""

    end_turn: Callable[[], None]
    claim: Claim | None = None
    is_registered: bool = False
    """Whether the store is known to know a run that binds nobody."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)


def _end_no_turn() -> None:
    """End the turn at no step: nobody waits for one."""


Known: TypeAlias = "Run | Busy | Lost | None"


class Claiming:
    """
    Claims of one process.

    A claim that this process holds is in `held` from its transaction on until its answer is kept;
    one that binds nobody before it has a transaction, since most end before anybody could ask.
    A running run that is in this process's name and not in there is lost: keeping it failed.
    """

    def __init__(
        self, executors: Executors, held: dict[str, Hold], keys_kept_for: timedelta
    ) -> None:
        self._executors = executors
        self._held = held
        self._age = f"{-keys_kept_for.total_seconds():+} seconds"

    def unregistered(self, ticket: Ticket) -> Claim:
        """Claim a run that binds nobody, in no transaction."""
        claim = leases.unregistered(ticket, new_id())
        self._held[claim.run_id] = Hold(_end_no_turn, claim)
        return claim

    def register(self, claim: Claim, transaction: Transaction) -> None:
        """Register a run that binds nobody, unless it is known."""
        self._executors.be_present(transaction)
        leases.register(transaction, claim, self._executors.id)

    def keep(self, ending: leases.Ending, transaction: Transaction) -> Run:
        """See leases.keep; of a run that binds nobody this may be the first that is known."""
        if ending.claim.ticket.binds_nobody:
            self.register(ending.claim, transaction)
        return leases.keep(transaction, ending)

    def attempt(self, ticket: Ticket, hold: Hold, transaction: Transaction) -> Claim | Run | Busy:
        """Claim the step if it is free now, and this process the next one at it."""
        self._undo(hold)
        self._executors.be_present(transaction)
        if ticket.key is not None:
            transaction.change("forget_keys", age=self._age)
        known = self.known(ticket, transaction)
        if isinstance(known, Run | Busy):
            return known
        busy = self._in_the_way(ticket, transaction)
        if busy is not None:
            return busy
        again = known is not None
        run_id = new_id() if known is None else RunId(known.run_id)
        if again:
            self.lose(transaction, run_id)
            ended = self._ended(ticket, transaction)
            if ended is not None:
                return ended
        claim = leases.claim(transaction, ticket, run_id, self._executors.id, again=again)
        if ticket.key is not None and not again:
            transaction.change(
                "add_key", key=ticket.key, run_id=run_id, body_digest=ticket.body_digest
            )
        hold.claim, self._held[run_id] = claim, hold
        return claim

    def _in_the_way(self, ticket: Ticket, transaction: Transaction) -> Busy | None:
        """Tell who has the step or comes first, and get into line behind them."""
        busy = self._holder(ticket, transaction)
        if busy is None and lines.others_are_first(transaction, ticket.step_id, self._executors):
            busy = Busy("")
        if busy is not None:
            lines.wait(transaction, ticket.step_id, self._executors)
        return busy

    def _undo(self, hold: Hold) -> None:
        """Forget a claim of a transaction that was undone, and is run again."""
        if hold.claim is not None:
            self._held.pop(hold.claim.run_id, None)
            hold.claim = None

    def known(self, ticket: Ticket, transaction: Transaction) -> Known:
        """Tell what became of the run that the ticket names or its key has, if there is one."""
        if ticket.run_id is not None:
            return self._named(ticket.run_id, transaction)
        row = self.keyed(ticket, transaction)
        if row is None:
            return None
        run_id, state = row["run_id"], row["state"]
        if row["lost"]:
            return Lost(run_id)
        if state == "queued" or (
            state == "running" and self._is_worked_on(transaction, run_id, row["executor_id"])
        ):
            return Busy(run_id)
        return Lost(run_id) if state == "running" else endings.read(row)

    def _named(self, run_id: RunId, transaction: Transaction) -> Run | Lost:
        """Tell whether a registered run can be claimed: it waits, or who had it is gone."""
        row = transaction.one("find_run", run_id=run_id)
        if row is None:
            raise UnknownRun(f"no run has the id {run_id!r:.80}")
        executor_id = row["executor_id"]
        gone = row["state"] == "running" and not self._is_worked_on(
            transaction, run_id, executor_id
        )
        return Lost(run_id) if gone or row["state"] == "queued" else endings.read(row)

    def _ended(self, ticket: Ticket, transaction: Transaction) -> Run | None:
        """Give the run that the ticket names if it was lost for the last time just now."""
        if ticket.run_id is None:
            return None
        row = transaction.one("find_run", run_id=ticket.run_id)
        assert row is not None, "it was there in this transaction"
        run = endings.read(row)
        return None if run.state == "queued" else run

    def keyed(self, ticket: Ticket, transaction: Transaction) -> Row | None:
        """Give the run that the ticket's key has; raises KeyReused."""
        if ticket.key is None:
            return None
        row = transaction.one("find_key", key=ticket.key, age=self._age)
        if row is not None and row["body_digest"] != ticket.body_digest:
            raise KeyReused("the Idempotency-Key was used before, with another body")
        return row

    def _holder(self, ticket: Ticket, transaction: Transaction) -> Busy | None:
        """Tell who has the ticket's step, after taking it from one who is gone."""
        if ticket.step_id is None:
            return None
        # Known before it is looked at: where two claim it for the first time, one waits here.
        transaction.change("add_step", step_id=ticket.step_id)
        lease = transaction.one("find_lease", step_id=ticket.step_id)
        if lease is None or lease["lease_run_id"] is None:
            return None
        run_id = lease["lease_run_id"]
        if self._is_worked_on(transaction, run_id, lease["lease_executor_id"]):
            return Busy(run_id)
        self.lose(transaction, run_id)
        return None

    def _is_worked_on(self, transaction: Transaction, run_id: str, executor_id: str) -> bool:
        if executor_id == self._executors.id:
            return run_id in self._held
        return self._executors.lives(transaction, executor_id)

    def lose(self, transaction: Transaction, run_id: str) -> None:
        """Lose a run that nobody works on, with all else that its process had if that is gone."""
        row = transaction.one("find_run", run_id=run_id)
        if row is None or row["state"] != "running":
            return
        if row["executor_id"] == self._executors.id:
            endings.lose(transaction, row, UNKEPT)
        else:
            self._executors.reap(transaction, row["executor_id"])
