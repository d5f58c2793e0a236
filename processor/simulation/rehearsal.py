"""Runs that leave nothing behind: their checkpoint lives as long as the simulation."""

import secrets
from collections.abc import Sequence

import msgspec

from processor.checkpoint import Checkpoint
from processor.run import Claim, Movement, Run, RunId, Ticket
from processor.runtime.contract import Figure
from processor.step import StepId


class Rehearsal:
    """Satisfies Runs for one run after the other; nothing of them is kept but the checkpoint."""

    def __init__(self, step_id: StepId, checkpoint: bytes) -> None:
        self._step_id = step_id
        self._value = checkpoint
        self._version = 0
        self._chunks: list[bytes] = []

    async def claim(self, ticket: Ticket) -> Claim:
        """Claim the one step there is, with the checkpoint as it stands."""
        checkpoint = Checkpoint(
            step_id=self._step_id,
            value=self._value,
            version=self._version,
            run_id=None,
            updated_at=None,
        )
        return Claim(
            run_id=RunId(f"simulated-{secrets.token_hex(8)}"),
            ticket=ticket,
            attempt=1,
            fence=self._version,
            checkpoint=checkpoint,
        )

    async def finish(
        self,
        claim: Claim,
        run: Run,
        move: bytes | None,
        figures: Sequence[Figure] = (),
        output_schema: bytes | None = None,
    ) -> Run:
        """Move the checkpoint, and give the run with all its rows; the rest is dropped."""
        chunks, self._chunks = self._chunks, []
        if chunks and run.state == "succeeded":
            rows = b",".join(chunk[1:-1] for chunk in chunks)
            run = msgspec.structs.replace(run, rows=msgspec.Raw(b"[%b]" % rows))
        before = self._value
        if move is not None:
            self._value = move
            self._version += 1
        movement = Movement(
            before=msgspec.Raw(before),
            after=msgspec.Raw(self._value),
            committed=move is not None,
            version=self._version,
        )
        return msgspec.structs.replace(
            run, checkpoint=movement, figures=msgspec.Raw(b"[]"), step_id=claim.ticket.step_id
        )

    async def register(self, claim: Claim) -> None:
        """See Runs."""

    async def add_chunk(self, claim: Claim, position: int, rows: bytes) -> None:
        """Hold some rows of the run that is under way."""
        self._chunks.append(rows)

    async def whole(self, run: Run) -> Run:
        """Give the run as it is: it has its rows since it was finished."""
        return run

    async def under_key(self, ticket: Ticket) -> Run | None:
        """Give nothing: no simulated run has a key."""

    async def get(self, run_id: RunId) -> Run | None:
        """Give nothing: no simulated run is kept."""

    async def glance(self, run_id: RunId) -> Run | None:
        """Give nothing, as `get`."""

    async def chunk(self, run_id: RunId, position: int) -> bytes | None:
        """Give nothing, as `get`."""

    async def output_schema(self, run_id: RunId) -> bytes | None:
        """Give nothing, as `get`."""

    async def figure(self, run_id: RunId, index: int) -> Figure | None:
        """Give nothing: no figure is kept."""
