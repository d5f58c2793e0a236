"""A job: a run that is wished for, kept until some worker has performed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

import msgspec

from processor.errors import Refusal
from processor.run import Run, RunId, State, Status, Ticket
from processor.step import StepId

Origin: TypeAlias = Literal["request", "join"]
"""Why there is a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """All that is needed to perform a run at another time, in another process."""

    ticket: Ticket
    document: bytes
    """The order as a request's JSON: step, inputs, commit."""
    origin: Origin = "request"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a list of runs shows it; `GET /v1/runs/ID` has all of it."""

    id: str
    step_id: str | None
    state: State
    origin: str
    attempts: int
    status: Status | None
    row_count: int | None
    error: msgspec.Raw
    created_at: datetime
    finished_at: datetime | None
    trace_id: str


class Jobs(Protocol):
    """
    Jobs, each performed by whoever claims its run first, and again where that process is lost.

    A run is registered and claimed in different transactions, so any number of workers may be
    told of the same job, any number of times: the claim decides.
    """

    async def submit(self, job: Job) -> Run:
        """
        Register a run that waits for a worker, and give it as it stands.

        Where the ticket's key was used before, that is the run which was made then. Raises
        KeyReused for another body under the same key.
        """

    async def ready(self, limit: int) -> Sequence[RunId]:
        """Give runs that could be claimed now, at most one of each step, the oldest first."""

    async def get(self, run_id: RunId) -> Job | None:
        """Give the job of a run that waits, its ticket naming the run; None where it does not."""

    async def refuse(self, run_id: RunId, error: Refusal) -> None:
        """End a run that waits and can never be claimed."""

    async def put_off(self, run_id: RunId, seconds: float) -> None:
        """Let a run that waits do so for some seconds more."""

    async def cancel(self, run_id: RunId) -> Run | None:
        """
        End a run that waits, or ask whoever performs it to end it; give it as it stands then.

        None where no run has that id.
        """

    async def to_cancel(self) -> Sequence[RunId]:
        """Give the runs under way that somebody wishes to end."""

    async def list(
        self, *, step_id: StepId | None, state: State | None, before: RunId | None, limit: int
    ) -> Sequence[Listed]:
        """Give runs, the newest first: of one step, in one state, older than another run."""

    async def forget(self, *, days: float) -> int:
        """Forget some of the runs that ended longer ago; tell how many, 0 once all are gone."""
