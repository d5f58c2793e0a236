"""What is told of a run while it goes on: its states, its log, its figures, its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from processor.run import Claim, RunId

Kind: TypeAlias = Literal["state", "log", "figure", "end"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One thing that became known of a run; numbers grow, and have gaps."""

    number: int
    kind: Kind
    content: bytes
    """One JSON object."""


class Notices(Protocol):
    """Notices by run, each told once, in the order in which they became known."""

    async def after(self, run_id: RunId, number: int, *, limit: int) -> Sequence[Notice]:
        """Give the notices of a run beyond that number."""

    async def is_over(self, run_id: RunId) -> bool | None:
        """Tell whether a run has ended, so that no more is told; None where there is none."""

    async def log(self, claim: Claim, entries: bytes) -> None:
        """
        Tell more of a run's log, a JSON list of entries, while the claim is under way.

        Nothing is told where the run has ended: then its whole log is there. What is lost on the
        way, with the machine, the end of the run tells again.
        """
