"""Runs on SQLite: who waits for what before a claim. (What is written: `leases`.)"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from processor.errors import KeyReused, ProcessorFault, StaleCheckpoint, UnknownRun
from processor.run import Claim, Run, RunId, Ticket
from processor.runtime.contract import Figure
from processor.store.kept import Row, Transaction, endings, leases, new_id, rows

from . import lines
from .database import Database
from .executors import Executors
from .turns import Turns

POLL = timedelta(milliseconds=20)
UNKEPT = "the request was cancelled or its answer could not be kept, so the run does not count"


@dataclass(frozen=True, slots=True)
class _Busy:
    """Somebody lives who works on this run."""

    run_id: str


@dataclass(frozen=True, slots=True)
class _Lost:
    """Nobody works on this run any more; it is to be claimed again."""

    run_id: str


@dataclass(eq=False, slots=True)
class _Hold:
    """What this process has of a claim: its turn at the step, and those who wait for its end."""

    end_turn: Callable[[], None]
    claim: Claim | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


_Known: TypeAlias = "Run | _Busy | _Lost | None"


class SqliteRuns:
    """
    Runs, claimed in the order of asking within a process, and in turns between processes.

    A claim that this process holds is in `_held` from its transaction on until its answer is kept.
    A running run that is in this process's name and not in there is lost: keeping it failed.
    """

    def __init__(
        self, database: Database, executors: Executors, *, keys_kept_for: timedelta
    ) -> None:
        self._database = database
        self._executors = executors
        self._age = f"{-keys_kept_for.total_seconds():+} seconds"
        self._turns = Turns()
        self._held: dict[str, _Hold] = {}

    async def claim(self, ticket: Ticket) -> Claim | Run:
        """Register a run and claim its step, or give what its key was answered before."""
        kept = await self._join(ticket)
        if kept is not None:
            return kept
        hold = _Hold(await self._turns.take(ticket.step_id))
        try:
            given = await self._claim_in_turn(ticket, hold)
        except BaseException:
            # Cancelled, perhaps after the claim was committed: nobody would finish it.
            await self._abandon(hold)
            raise
        if isinstance(given, Run):
            hold.end_turn()
        return given

    async def finish(
        self,
        claim: Claim,
        run: Run,
        move: bytes | None,
        figures: Sequence[Figure] = (),
        output_schema: bytes | None = None,
    ) -> Run:
        """Keep a run's answer and move the checkpoint; a second time, give what is kept."""
        ending = leases.Ending(
            claim=claim,
            run=run,
            move=move,
            figures=figures,
            output_schema=output_schema,
            entered=time.monotonic(),
        )
        try:
            kept = await self._database.write(lambda keeping: leases.keep(keeping, ending))
        except StaleCheckpoint:
            raise  # The claim is still held, for the caller to finish it as failed.
        except BaseException:
            self._let_go(claim.run_id)
            raise
        self._let_go(claim.run_id)
        return kept

    async def add_chunk(self, claim: Claim, position: int, rows: bytes) -> None:
        """Keep some rows of a run that is under way."""
        await self._database.write(
            lambda adding: leases.add_chunk(adding, claim, position, rows), durable=False
        )

    async def output_schema(self, run_id: RunId) -> bytes | None:
        """Give the schema that a run's rows had."""
        return await self._database.read(partial(rows.output_schema, run_id))

    async def chunk(self, run_id: RunId, position: int) -> bytes | None:
        """Give some rows of a run, or None where there are none yet."""
        return await self._database.read(partial(rows.chunk, run_id, position))

    async def whole(self, run: Run) -> Run:
        """Give a run with the rows that are kept in chunks."""
        if not rows.is_in_chunks(run):
            return run
        return await self._database.read(partial(rows.whole, run))

    async def under_key(self, ticket: Ticket) -> Run | None:
        """Give the run that the ticket's key has, as it stands."""
        row = await self._database.read(partial(self._keyed, ticket))
        return None if row is None else endings.read(row)

    async def get(self, run_id: RunId) -> Run | None:
        """Give a run as it was kept, with all its rows."""
        run = await self.glance(run_id)
        return None if run is None else await self.whole(run)

    async def glance(self, run_id: RunId) -> Run | None:
        """Give a run as it was kept, or as far as it is known while it is under way."""
        row = await self._database.read(lambda reading: reading.one("find_run", run_id=run_id))
        return None if row is None else endings.read(row)

    async def figure(self, run_id: RunId, index: int) -> Figure | None:
        """Give a figure of a run, counted from 0, or None where it has no such figure."""
        row = await self._database.read(
            lambda reading: reading.one("find_figure", run_id=run_id, position=index)
        )
        return None if row is None else Figure(png=row["png"], svg=row["svg"])

    async def _join(self, ticket: Ticket) -> Run | None:
        """Give the answer of the run that the ticket's key has, if somebody is there to give it."""
        if ticket.key is None:
            return None
        while True:
            match await self._database.read(partial(self._known, ticket)):
                case Run() as run:
                    return run
                case _Busy() as busy:
                    await self._end_of(busy)
                case _:
                    return None

    async def _claim_in_turn(self, ticket: Ticket, hold: _Hold) -> Claim | Run:
        while True:
            given = await self._database.write(partial(self._attempt, ticket, hold), durable=False)
            if not isinstance(given, _Busy):
                return given
            await self._end_of(given)

    async def _end_of(self, busy: _Busy) -> None:
        """Wait until a run has ended, or for a moment where another process has it."""
        hold = self._held.get(busy.run_id)
        if hold is None:
            await asyncio.sleep(POLL.total_seconds())
        else:
            await hold.ended.wait()

    async def _abandon(self, hold: _Hold) -> None:
        claim = hold.claim
        if claim is None:
            hold.end_turn()
            return
        try:
            # Where the store fails here too, the run is lost as soon as somebody looks for it.
            with suppress(ProcessorFault):
                await self._database.write(lambda losing: self._lose(losing, claim.run_id))
        finally:
            self._let_go(claim.run_id)

    def _let_go(self, run_id: str) -> None:
        hold = self._held.pop(run_id, None)
        if hold is not None:
            hold.ended.set()
            hold.end_turn()

    # What follows runs in the database's threads.

    def _attempt(
        self, ticket: Ticket, hold: _Hold, transaction: Transaction
    ) -> Claim | Run | _Busy:
        """Claim the step if it is free now, and this process the next one at it."""
        self._executors.be_present(transaction)
        if ticket.key is not None:
            transaction.change("forget_keys", age=self._age)
        known = self._known(ticket, transaction)
        if isinstance(known, Run | _Busy):
            return known
        busy = self._holder(ticket, transaction)
        if busy is None and lines.others_are_first(transaction, ticket.step_id, self._executors):
            busy = _Busy("")
        if busy is not None:
            lines.wait(transaction, ticket.step_id, self._executors)
            return busy
        again = known is not None
        run_id = new_id() if known is None else RunId(known.run_id)
        if again:
            self._lose(transaction, run_id)
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

    def _known(self, ticket: Ticket, transaction: Transaction) -> _Known:
        """Tell what became of the run that the ticket names or its key has, if there is one."""
        if ticket.run_id is not None:
            return self._named(ticket.run_id, transaction)
        row = self._keyed(ticket, transaction)
        if row is None:
            return None
        run_id, state = row["run_id"], row["state"]
        if row["lost"]:
            return _Lost(run_id)
        if state == "queued" or (
            state == "running" and self._is_worked_on(run_id, row["executor_id"])
        ):
            return _Busy(run_id)
        return _Lost(run_id) if state == "running" else endings.read(row)

    def _named(self, run_id: RunId, transaction: Transaction) -> Run | _Lost:
        """Tell whether a registered run can be claimed: it waits, or who had it is gone."""
        row = transaction.one("find_run", run_id=run_id)
        if row is None:
            raise UnknownRun(f"no run has the id {run_id!r:.80}")
        gone = row["state"] == "running" and not self._is_worked_on(run_id, row["executor_id"])
        return _Lost(run_id) if gone or row["state"] == "queued" else endings.read(row)

    def _ended(self, ticket: Ticket, transaction: Transaction) -> Run | None:
        """Give the run that the ticket names if it was lost for the last time just now."""
        if ticket.run_id is None:
            return None
        row = transaction.one("find_run", run_id=ticket.run_id)
        assert row is not None, "it was there in this transaction"
        run = endings.read(row)
        return None if run.state == "queued" else run

    def _keyed(self, ticket: Ticket, transaction: Transaction) -> Row | None:
        if ticket.key is None:
            return None
        row = transaction.one("find_key", key=ticket.key, age=self._age)
        if row is not None and row["body_digest"] != ticket.body_digest:
            raise KeyReused("the Idempotency-Key was used before, with another body")
        return row

    def _holder(self, ticket: Ticket, transaction: Transaction) -> _Busy | None:
        """Tell who has the ticket's step, after taking it from one who is gone."""
        if ticket.step_id is None:
            return None
        lease = transaction.one("find_lease", step_id=ticket.step_id)
        if lease is None or lease["lease_run_id"] is None:
            return None
        if self._is_worked_on(lease["lease_run_id"], lease["lease_executor_id"]):
            return _Busy(lease["lease_run_id"])
        self._lose(transaction, lease["lease_run_id"])
        return None

    def _is_worked_on(self, run_id: str, executor_id: str) -> bool:
        if executor_id == self._executors.id:
            return run_id in self._held
        return self._executors.lives(executor_id)

    def _lose(self, transaction: Transaction, run_id: str) -> None:
        """Lose a run that nobody works on, with all else that its process had if that is gone."""
        row = transaction.one("find_run", run_id=run_id)
        if row is None or row["state"] != "running":
            return
        if row["executor_id"] == self._executors.id:
            endings.lose(transaction, row, UNKEPT)
        else:
            self._executors.reap(transaction, row["executor_id"])
