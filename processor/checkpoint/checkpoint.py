"""The data checkpoint: which value it takes, and where it is kept (design: rules 26-28)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from processor.errors import OutputLimit
from processor.step import StepId
from processor.values import Row

LONGEST_VALUE: Final = 64 << 10
"""Of a checkpoint, in bytes of JSON: it says how far the runs have come, and holds no data."""

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


def next_value(last: Row | None, column: str | None) -> bytes | None:
    """
    Give the value that a succeeded run moves its checkpoint to, or None where it stays.

    It is the column's value in the last row, not the largest one, as JSON of the same type. Raises
    OutputLimit where it is longer than a checkpoint may be.

    >>> next_value({"id": 7, "name": "seven"}, "id")
    b'7'
    >>> next_value({"id": 7}, None) is None
    True
    """
    if last is None or column is None:
        return None
    value = msgspec.json.encode(last.get(column))
    if len(value) > LONGEST_VALUE:
        raise OutputLimit(
            f"the checkpoint would have {len(value):,} bytes, at most {LONGEST_VALUE:,} are kept",
            hint=f"let the data checkpoint column, {column}, hold an id or a time",
        )
    return None if value == b"null" else value


def is_left_by_null(last: Row | None, column: str | None) -> bool:
    """
    Tell whether a checkpoint stays because the last row has null for it, which deserves a warning.

    >>> is_left_by_null({"id": None}, "id"), is_left_by_null(None, "id")
    (True, False)
    """
    return last is not None and column is not None and next_value(last, column) is None
