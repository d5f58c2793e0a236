"""One run: from a claimed step to an answer that is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType, Protocol, TypeAlias

import msgspec

from processor.checkpoint import Checkpoint
from processor.errors import Killed, StepError
from processor.identity import Tenant
from processor.runtime.contract import Entry, Figure
from processor.step import StepId

RunId = NewType("RunId", str)

State: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The platform's own number and name for how a run ended."""

    code: int
    name: str


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the step's checkpoint; values are JSON."""

    before: msgspec.Raw
    after: msgspec.Raw
    committed: bool
    version: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """
    A run as a caller sees it; `docs/reference/http.md` tells each member.

    Members that this project writes once and never reads back are kept as JSON.
    """

    id: str
    step_id: str | None
    state: State
    attempts: int
    status: Status | None
    rows: msgspec.Raw
    """Null where there are none, and where they are kept in chunks: then there is a count."""
    row_count: int | None
    result: msgspec.Raw = msgspec.Raw(b"null")
    checkpoint: Movement | None
    streams: msgspec.Raw = msgspec.Raw(b"[]")
    logs: msgspec.Raw
    logs_truncated: bool
    figures: msgspec.Raw = msgspec.Raw(b"[]")
    error: msgspec.Raw
    usage: msgspec.Raw
    timings: msgspec.Raw
    isolation: msgspec.Raw
    environment: msgspec.Raw
    trace_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What is known of a run before it starts: whose step, which caller's key, which trace."""

    tenant: Tenant
    step_id: StepId | None
    key: str | None
    """The caller's Idempotency-Key."""
    body_digest: bytes
    """SHA-256 of the request, to tell a repeated request from another one under the same key."""
    trace_id: str
    run_id: RunId | None = None
    """The run to claim, where it was registered before, with its job."""
    callback_url: str | None = None
    """Who is told of the run's end."""

    @property
    def binds_nobody(self) -> bool:
        """Whether nothing but its answer hangs on the run: no step, key, job or callback."""
        return (self.step_id, self.key, self.run_id, self.callback_url) == (None,) * 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """The right to run a step once, from the checkpoint it has read."""

    run_id: RunId
    ticket: Ticket
    attempt: int
    fence: int
    """Grows with every claim of the step; a claim with an older fence cannot finish."""
    checkpoint: Checkpoint | None
    """The step's checkpoint when it was claimed; None where the step has no id."""


class Follower:
    """Follows a run from outside while it goes on; this one lets it go its way."""

    def claimed(self, claim: Claim) -> None:
        """Be told that the run begins."""

    def told(self, entry: Entry) -> None:
        """Be told a line that the author logged, as it comes."""

    def verdict(self) -> StepError:
        """Say why the run was cancelled, where its task was."""
        return Killed("the service was stopped before the run ended")


class Runs(Protocol):
    """
    Runs, each claimed once and finished once.

    `claim` and `finish` are one transaction each: what belongs together is kept together.
    """

    async def claim(self, ticket: Ticket) -> "Claim | Run":
        """
        Register a run and claim its step, once no other run holds it.

        Where the ticket names a run, claim that one, or give it as it stands where it does not
        wait. Where the ticket's key was used before, give that run's answer, waiting for it if it
        is under way; a run that its process took down is claimed again, as another attempt.
        Raises KeyReused for another body under the same key.

        Where the ticket binds nobody the run need not be there to be seen before `register`.
        """

    async def register(self, claim: Claim) -> None:
        """
        Make sure that a run under way is there for everybody to be seen.

        Called before anybody is told its id, and where it goes on for longer than a moment.
        """

    async def finish(
        self,
        claim: Claim,
        run: Run,
        move: bytes | None,
        figures: Sequence[Figure] = (),
        output_schema: bytes | None = None,
    ) -> Run:
        """
        Keep a run's answer with what belongs to it, and move the step's checkpoint to `move`.

        All or nothing; the schema, as JSON, is that of the rows.

        Gives the run as kept, with its checkpoint's new version. Raises StaleCheckpoint where the
        checkpoint or the claim has moved since; then nothing is kept, and the caller finishes the
        run again as failed.
        """

    async def add_chunk(self, claim: Claim, position: int, rows: bytes) -> None:
        """
        Keep some of the rows of a run that is under way, one JSON array; positions count from 0.

        They are the run's rows once it is finished as succeeded, and forgotten where it ends in
        any other way. Raises StaleCheckpoint where the run has ended, or is another attempt.
        """

    async def output_schema(self, run_id: RunId) -> bytes | None:
        """Give the schema, as JSON, that a run's rows had; None where it has none."""

    async def chunk(self, run_id: RunId, position: int) -> bytes | None:
        """Give some of a run's rows, also while it is under way; None where none are there."""

    async def whole(self, run: Run) -> Run:
        """Give a run with all its rows, where they are kept in chunks."""

    async def under_key(self, ticket: Ticket) -> Run | None:
        """Give the run that the ticket's key has, as it stands; raises KeyReused as `claim`."""

    async def get(self, run_id: RunId) -> Run | None:
        """Give a run with all its rows, or None where no run has that id."""

    async def glance(self, run_id: RunId) -> Run | None:
        """Give a run without the rows that are kept in chunks, or None."""

    async def figure(self, run_id: RunId, index: int) -> Figure | None:
        """Give a figure of a run, counted from 0, or None where it has no such figure."""
