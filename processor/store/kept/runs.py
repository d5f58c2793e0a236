"""Runs: who waits for what before a claim. (What is written: `leases`.)"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

from processor.errors import ProcessorFault, StaleCheckpoint
from processor.run import Claim, Run, RunId, Ticket
from processor.runtime.contract import Figure

from . import endings, leases, rows
from .claiming import Busy, Claiming, Hold
from .executors import Executors
from .tenants import TenantDatabase, Tenanted
from .transaction import Database
from .turns import Turns

POLL = timedelta(milliseconds=20)


class KeptRuns(Tenanted):
    """Satisfies Runs: in the order of asking within a process, and in turns between processes."""

    def __init__(
        self, database: Database, executors: Executors, *, keys_kept_for: timedelta
    ) -> None:
        super().__init__(database)
        self._turns = Turns()
        self._held: dict[str, Hold] = {}
        self._claiming = Claiming(executors, self._held, keys_kept_for)

    async def claim(self, ticket: Ticket) -> Claim | Run:
        """Register a run and claim its step, or give what its key was answered before."""
        if ticket.binds_nobody:
            return self._claiming.unregistered(ticket)
        kept = await self._join(ticket)
        if kept is not None:
            return kept
        hold = Hold(await self._turns.take(ticket.tenant, ticket.step_id))
        try:
            given = await self._claim_in_turn(ticket, hold)
        except BaseException:
            # Cancelled, perhaps after the claim was committed: nobody would finish it.
            await self._abandon(hold)
            raise
        if isinstance(given, Run):
            hold.end_turn()
        return given

    async def register(self, claim: Claim) -> None:
        """Make sure that the store knows a run that is under way."""
        hold = self._held.get(claim.run_id)
        if claim.ticket.binds_nobody and hold is not None and not hold.is_registered:
            await self._of(claim.ticket).write(
                partial(self._claiming.register, claim), durable=False
            )
            hold.is_registered = True

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
            kept = await self._of(claim.ticket).write(
                partial(self._claiming.keep, ending), repeatable=True
            )
        except StaleCheckpoint:
            raise  # The claim is still held, for the caller to finish it as failed.
        except BaseException:
            self._let_go(claim.run_id)
            raise
        self._let_go(claim.run_id)
        return kept

    async def add_chunk(self, claim: Claim, position: int, rows: bytes) -> None:
        """Keep some rows of a run that is under way."""
        await self.register(claim)
        await self._of(claim.ticket).write(
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
        row = await self._of(ticket).read(partial(self._claiming.keyed, ticket))
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

    def _of(self, ticket: Ticket) -> TenantDatabase:
        """Go by a ticket where there is one, whosever view this is."""
        return TenantDatabase(self._database, ticket.tenant)

    async def _join(self, ticket: Ticket) -> Run | None:
        """Give the answer of the run that the ticket's key has, if somebody is there to give it."""
        if ticket.key is None:
            return None
        while True:
            match await self._of(ticket).read(partial(self._claiming.known, ticket)):
                case Run() as run:
                    return run
                case Busy() as busy:
                    await self._end_of(busy)
                case _:
                    return None

    async def _claim_in_turn(self, ticket: Ticket, hold: Hold) -> Claim | Run:
        while True:
            given = await self._of(ticket).write(
                partial(self._claiming.attempt, ticket, hold), durable=False
            )
            if not isinstance(given, Busy):
                return given
            await self._end_of(given)

    async def _end_of(self, busy: Busy) -> None:
        """Wait until a run has ended, or for a moment where another process has it."""
        hold = self._held.get(busy.run_id)
        if hold is None:
            await asyncio.sleep(POLL.total_seconds())
        else:
            await hold.ended.wait()

    async def _abandon(self, hold: Hold) -> None:
        claim = hold.claim
        if claim is None:
            hold.end_turn()
            return
        try:
            # Where the store fails here too, the run is lost as soon as somebody looks for it.
            with suppress(ProcessorFault):
                await self._of(claim.ticket).write(
                    lambda losing: self._claiming.lose(losing, claim.run_id)
                )
        finally:
            self._let_go(claim.run_id)

    def _let_go(self, run_id: str) -> None:
        hold = self._held.pop(run_id, None)
        if hold is not None:
            hold.ended.set()
            hold.end_turn()
