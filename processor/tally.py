"""
What is told of the work of a process, to whoever counts and times it for the operator.

The hooks are few: the main path tells of each attempt as it was kept, the door of each request.
What is told of a run is the run itself, so that a metric and an answer cannot say different things.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from processor.run import Run
from processor.step import Step


@dataclass(kw_only=True, slots=True)
class Request:
    """A request at the door; who answers it writes down with what."""

    method: str
    route: str | None
    """The pattern of its path, never the path itself; None where it is no route of ours."""
    trace_id: str
    """32 hexadecimal digits."""
    parent_id: str | None = None
    """The span that it was sent from, 16 hexadecimal digits; None where it begins its trace."""
    sampled: bool = True
    size: int = 0
    """Of its body as it came, in bytes; 0 where it did not say."""
    status: int = 500
    span_id: str | None = None
    """The span that it is, where somebody traces."""


class Tally(Protocol):
    """Counts and times. Whatever it is told it takes in at once, and it never raises."""

    def ended(self, step: Step, run: Run) -> None:
        """Be told of an attempt's end, as it was kept: `queued` where another one follows."""

    def requested(self, request: Request) -> AbstractContextManager[None]:
        """Follow a request, which is answered once the block ends."""


@dataclass(frozen=True, slots=True)
class Tallies:
    """Several as one; of none, nobody counts."""

    members: Sequence[Tally] = field(default=())

    def ended(self, step: Step, run: Run) -> None:
        """See Tally."""
        for each in self.members:
            each.ended(step, run)

    @contextmanager
    def requested(self, request: Request) -> Iterator[None]:
        """See Tally."""
        with ExitStack() as following:
            for each in self.members:
                following.enter_context(each.requested(request))
            yield


NOBODY: Final = Tallies()
