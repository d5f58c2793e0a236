"""A job: a run that is wished for, kept until some worker has performed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from processor.errors import Refusal, StepError, concrete
from processor.identity import Tenant
from processor.run import Run, RunId, State, Status, Ticket
from processor.step import Queueing, StepId

Origin: TypeAlias = Literal["request", "join", "schedule", "backfill", "cycle", "redrive"]
"""Why there is a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """All that is needed to perform a run at another time, in another process."""

    ticket: Ticket
    document: bytes
    """The order as a request's JSON: step, inputs, commit."""
    origin: Origin = "request"
    queueing: Queueing = Queueing()
    parent: RunId | None = None
    """The run that this one is made after."""
    cycles: "Cycles | None" = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycles:
    """Whose run it is by the clock, and how many may follow it."""

    schedule_id: str
    left: int
    until: datetime | None
    """No run follows later than this."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a list of runs shows it; `GET /v1/runs/ID` has all of it."""

    id: str
    step_id: str | None
    state: State
    origin: str
    parent_id: str | None
    dead_letter: bool
    """Whether it failed for the last time and can be redriven."""
    attempts: int
    status: Status | None
    row_count: int | None
    error: msgspec.Raw
    created_at: datetime
    finished_at: datetime | None
    trace_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """What waits in the store, for everybody who uses it."""

    waiting: int
    """Jobs that wait, also for a later attempt."""
    ready: int
    """Those whose time has come."""
    oldest_seconds: float
    """How long the oldest of these has waited since; 0 where there is none."""
    dead_letters: int
    """As far as they were counted."""
    callbacks: int
    """Callbacks that have not arrived yet, as far as they were counted."""


class Backlogs(Protocol):
    """Tells what waits."""

    async def look(self) -> Backlog:
        """Tell what waits now; raises ProcessorFault where the store does not answer."""


NOT_COMPILED: Final = 10
"""The command line's exit code for a statement that does not compile or breaks a rule."""
LONGEST_DELAY: Final = timedelta(minutes=5)
_HOPELESS: Final = frozenset(
    error.code for error in concrete(StepError) if error.exit_code == NOT_COMPILED
)
"""What is wrong with the statement itself: no attempt is better than another."""


def next_attempt(
    queueing: Queueing, *, attempts: int, code: str, retryable: bool
) -> timedelta | None:
    """
    Give how long to wait after a failed attempt for the next one, or None where it was the last.

    >>> policy = Queueing(backoff=timedelta(seconds=2))
    >>> next_attempt(policy, attempts=3, code="killed", retryable=True)
    datetime.timedelta(seconds=8)
    >>> next_attempt(policy, attempts=1, code="statement_raised", retryable=False) is None
    True
    """
    asked = queueing.retry_on == "errors" and code not in _HOPELESS
    if attempts >= queueing.max_attempts or not (retryable or asked):
        return None
    delay: timedelta = queueing.backoff * 2 ** (attempts - 1)
    return min(delay, LONGEST_DELAY)


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
        KeyReused for another body under the same key, Busy where too many runs wait.
        """

    async def ready(self, limit: int, *, after: Tenant | None = None) -> Mapping[RunId, Tenant]:
        """
        Give runs that could be claimed now, with whose each is: at most one of each step.

        Tenants take turns, from the one that comes after `after` on; of each, runs of higher
        priority come first, and older ones before younger ones.
        """

    async def get(self, run_id: RunId) -> Job | None:
        """Give the job of a run that waits, its ticket naming the run; None where it does not."""

    async def refuse(self, run_id: RunId, error: Refusal) -> None:
        """End a run that waits and can never be claimed."""

    async def put_off(self, run_id: RunId, seconds: float) -> None:
        """Let a run that waits do so for some seconds more."""

    async def redrive(self, run_id: RunId) -> Run:
        """
        Make a dead letter a job again, of another run, and give that.

        Raises UnknownRun, and NotDead where the run did not fail, was no job or was redriven.
        """

    async def cancel(self, run_id: RunId) -> Run | None:
        """
        End a run that waits, or ask whoever performs it to end it; give it as it stands then.

        None where no run has that id.
        """

    async def to_cancel(self) -> Sequence[RunId]:
        """Give the runs under way that somebody wishes to end."""

    async def list(
        self,
        *,
        step_id: StepId | None = None,
        state: State | None = None,
        dead_letters: bool = False,
        before: RunId | None = None,
        limit: int,
    ) -> Sequence[Listed]:
        """
        Give runs, the newest first: of one step, in one state, older than another run.

        With `dead_letters` only those that failed for the last time and can be redriven.
        """

    async def forget(self, *, days: float) -> int:
        """Forget some of the runs that ended longer ago; tell how many, 0 once all are gone."""
