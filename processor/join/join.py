"""A join: a step's run to come, and the branches that have arrived for it under one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from processor.errors import DeliveryConflict, UnknownBranch
from processor.step import Step, StepId, StoredStep, order_document

PRIMARY: Final = "INPUT_DATA"

JoinState: TypeAlias = Literal["open", "fired", "partial", "expired", "cancelled"]
Disposition: TypeAlias = Literal["accepted", "duplicate", "late"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The rows of one branch, as somebody brings them; he may bring them again."""

    step_id: StepId
    key: str
    """What tells one join of a step from another; the caller's own."""
    branch: str
    delivery_id: str | None
    """What tells another delivery from the same one brought again; the caller's own."""
    digest: bytes
    rows: bytes
    trace_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What is known of rows that arrived before."""

    branch: str
    delivery_id: str | None
    digest: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Join:
    """A join as it stands. A key that is used again opens another generation."""

    step_id: StepId
    key: str
    generation: int
    state: JoinState
    expected: tuple[str, ...]
    """The branches that it waits for: the primary input first, then in the step's order."""
    arrived: tuple[str, ...]
    deadline: datetime | None
    run_id: str | None
    late: int = 0
    """How many deliveries came after it was over."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Give the branches that have not arrived."""
        return tuple(name for name in self.expected if name not in self.arrived)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """What became of a delivery, and of its join."""

    disposition: Disposition
    join: Join


class Joins(Protocol):
    """
    Joins, each of which fires once.

    An arrival is one transaction: the part is kept, and with the last one the run that is due.
    """

    async def deliver(
        self, delivery: Delivery, stored: StoredStep, step: Step, *, most_bytes: int
    ) -> Arrival:
        """
        Take in the rows of one branch; the last one registers the run.

        Raises UnknownBranch, DeliveryConflict, TooLarge where all branches together are larger
        than `most_bytes`, and Busy where too many joins of the step are open.
        """

    async def get(self, step_id: StepId, key: str) -> Join | None:
        """Give the newest generation of a join, or None where nothing ever arrived."""

    async def cancel(self, step_id: StepId, key: str) -> Join | None:
        """Let an open join wait no more; give it as it stands then."""

    async def expire(self) -> int:
        """Do to some joins what is to be done after their deadline; tell how many there were."""

    async def forget(self, *, days: float) -> int:
        """Forget the joins that were over longer ago; tell how many there were."""


def branches_of(step: Step) -> tuple[str, ...]:
    """Give the branches that a join of a step waits for."""
    return ((PRIMARY,) if step.join.primary else ()) + step.branches


def judge(delivery: Delivery, join: Join, earlier: Sequence[Part]) -> Disposition:
    """
    Tell what a delivery is to its join; `earlier` is what this branch has brought before.

    The same delivery is a duplicate, and a conflict where it brings other rows. Without an id,
    all deliveries of a branch are the same one. Another delivery replaces the rows of an earlier
    one while the join is open, and is late after that.
    """
    if delivery.branch not in join.expected:
        known = ", ".join(join.expected)
        raise UnknownBranch(f"{delivery.branch!r:.80} is no branch here; expected are: {known}")
    for part in earlier:
        if part.delivery_id == delivery.delivery_id:
            if part.digest == delivery.digest:
                return "duplicate"
            if delivery.delivery_id is not None or join.state == "open":
                raise DeliveryConflict(
                    f"{delivery.branch!r:.80} has arrived under this delivery with other rows"
                )
    return "accepted" if join.state == "open" else "late"


def order_of(stored: StoredStep, branches: Sequence[str], rows: Mapping[str, bytes]) -> bytes:
    """Give the order that a join fires: rows by the name of their branch, null where it lacks."""
    names = [PRIMARY, *branches]
    inputs = {
        f"INPUT_DATA{number if number > 1 else ''}": msgspec.Raw(rows.get(name, b"null"))
        for number, name in enumerate(names, 1)
    }
    return order_document(stored, inputs)
