"""Checkpoints; a run moves its own in `leases`."""

from datetime import datetime
from functools import partial

from processor.checkpoint import Checkpoint, Move, Source
from processor.errors import VersionMoved
from processor.step import StepId

from . import moves
from .tenants import Tenanted
from .transaction import Transaction


class KeptCheckpoints(Tenanted):
    """Satisfies Checkpoints by step, each the newest entry of its history."""

    async def get(self, step_id: StepId) -> Checkpoint | None:
        """Give the checkpoint as it stands, or None where the step never had one."""
        checkpoint = await self._database.read(lambda reading: moves.standing(reading, step_id))
        return checkpoint if checkpoint.version else None

    async def set(
        self, step_id: StepId, value: bytes, *, expected_version: int | None
    ) -> Checkpoint:
        """Set a checkpoint by hand; `expected_version` 0 means that there must be none."""
        return await self._database.write(
            partial(_move, step_id, value, "manual", expected_version)
        )

    async def reset(self, step_id: StepId, *, expected_version: int | None) -> Checkpoint:
        """Set the checkpoint to null, as a move of its own."""
        return await self._database.write(
            partial(_move, step_id, b"null", "reset", expected_version)
        )

    async def history(
        self, step_id: StepId, *, below_version: int | None, limit: int
    ) -> list[Move]:
        """Give the moves, newest first, of versions below `below_version` if that is given."""
        rows = await self._database.read(
            lambda reading: reading.all(
                "list_moves", step_id=step_id, below_version=below_version, limit=limit
            )
        )
        return [
            Move(
                version=row["version"],
                value=row["value"],
                run_id=row["run_id"],
                source=row["source"],
                at=datetime.fromisoformat(row["at"]),
            )
            for row in rows
        ]


def _move(
    step_id: StepId,
    value: bytes,
    source: Source,
    expected_version: int | None,
    transaction: Transaction,
) -> Checkpoint:
    # The version moves and the fence does not: a run that is under way keeps its lease, so that
    # it ends in order, and fails as stale because the version it has seen is not the newest.
    now = moves.standing(transaction, step_id).version
    seen = now if expected_version is None else expected_version
    transaction.change("add_step", step_id=step_id)
    entry = None
    if seen == now:
        entry = transaction.one(
            "move_checkpoint", step_id=step_id, seen=seen, value=value, run_id=None, source=source
        )
    if entry is None:
        raise VersionMoved(
            f"the checkpoint is at version {now}, not at {seen}; read it again before setting it"
        )
    return moves.moved(entry, step_id)
