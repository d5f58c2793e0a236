"""The data checkpoint: which value it takes, and where it is kept (design: rules 26-28)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from processor.step import StepId

Source: TypeAlias = Literal["run", "manual", "reset"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A step's checkpoint as it stands. Version 0 with value null: it never had one."""

    step_id: StepId
    value: bytes
    """One JSON value, typed as the column was."""
    version: int
    run_id: str | None
    updated_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One entry of a checkpoint's history; versions are dense and count from 1."""

    version: int
    value: bytes
    run_id: str | None
    source: Source
    at: datetime


class Checkpoints(Protocol):
    """Checkpoints by step, each with its whole history."""

    async def get(self, step_id: StepId) -> Checkpoint | None:
        """Give the checkpoint as it stands, or None where the step never had one."""

    async def set(
        self, step_id: StepId, value: bytes, *, expected_version: int | None
    ) -> Checkpoint:
        """
        Set a checkpoint by hand.

        Raises VersionMoved where `expected_version` is given and is not the current one. A run
        that is under way read an earlier version and cannot overwrite this one.
        """

    async def reset(self, step_id: StepId, *, expected_version: int | None) -> Checkpoint:
        """Set the checkpoint to null, as a move of its own; raises as `set` does."""

    async def history(
        self, step_id: StepId, *, below_version: int | None, limit: int
    ) -> list[Move]:
        """Give the moves, newest first, of versions below `below_version` if that is given."""
