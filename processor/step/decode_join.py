"""The `join` of a step: how long it waits for its branches."""

from datetime import timedelta
from typing import Final

import msgspec

from .pointers import refused
from .spec import JoinPolicy, Late, OnDeadline

LONGEST_SECONDS: Final = 366 * 24 * 3600.0
SHORTEST_SECONDS: Final = 0.1


class WireJoin(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A step's `join` as callers write it."""

    primary: bool = True
    deadline_seconds: float | None = None
    on_deadline: OnDeadline = "fail"
    late: Late = "record"


def read_join(join: WireJoin, branches: tuple[str, ...]) -> JoinPolicy:
    """Read how a step waits for its branches; raises InvalidRequest with a pointer."""
    seconds = join.deadline_seconds
    if seconds is not None and not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        message = f"a deadline is from {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:,.0f} seconds"
        raise refused("/step/join/deadline_seconds", message)
    if not join.primary and not branches:
        raise refused("/step/join/primary", "without it, and without branches, nothing is awaited")
    return JoinPolicy(
        primary=join.primary,
        deadline=None if seconds is None else timedelta(seconds=seconds),
        on_deadline=join.on_deadline,
        late=join.late,
    )
