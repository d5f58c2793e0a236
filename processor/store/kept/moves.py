"""Checkpoints as their moves have left them: the newest entry of a history is the checkpoint."""

from datetime import datetime

import msgspec

from processor.checkpoint import Checkpoint
from processor.errors import StaleCheckpoint
from processor.run import Claim, Movement
from processor.step import StepId

from .transaction import Row, Transaction


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


def move(transaction: Transaction, claim: Claim, value: bytes | None) -> Movement | None:
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
