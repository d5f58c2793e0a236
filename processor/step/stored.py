"""Steps that are kept under their id, each change a version of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .spec import StepId


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredStep:
    """One version of a stored step; versions count from 1."""

    step_id: StepId
    version: int
    digest: str
    """SHA-256 of the document: the same content is the same version."""
    document: bytes
    """The step as JSON, without its id."""
    updated_at: datetime


class StoredSteps(Protocol):
    """Stored steps with all their versions."""

    async def get(self, step_id: StepId, version: int | None = None) -> StoredStep | None:
        """Give a version of a step, its newest where none is named; None where it is not there."""

    async def put(
        self, step_id: StepId, document: bytes, *, expected_version: int | None
    ) -> StoredStep:
        """
        Keep a step, as a new version unless the newest has the same content.

        Raises VersionMoved where `expected_version` is given and is not the current one; 0 means
        that there must be none.
        """

    async def remove(self, step_id: StepId, *, expected_version: int | None) -> None:
        """Let a step be gone; its earlier versions stay. Raises as `put` does."""

    async def versions(
        self, step_id: StepId, *, below: int | None, limit: int
    ) -> Sequence[StoredStep]:
        """Give the versions of a step, newest first, below one if that is given."""
