"""A request's JSON to an order to simulate a step, with a pointer to what is wrong."""

from collections.abc import Mapping
from typing import Final

from .decode import WireOrder, as_order
from .pointers import decoded, refused
from .profile import Profile
from .spec import SimulationOrder

MOST_CYCLES: Final = 1000
CYCLES: Final = 100
"""As many are run at most where the request says nothing."""


class _Body(WireOrder, forbid_unknown_fields=True, kw_only=True):
    cycles: int = CYCLES
    key: list[str] | None = None


def decode_simulation(body: bytes, profiles: Mapping[str, Profile]) -> SimulationOrder:
    """
    Read the body of a request to simulate a step: that of a run, with `cycles` and `key`.

    Raises InvalidRequest, MissingSchema, TooLarge.
    """
    given: _Body = decoded(body, _Body)
    order = as_order(given, profiles)
    if order.step.checkpoint_column is None:
        message = "cycles go on from a data checkpoint: name the step's `checkpoint_column`"
        raise refused("/step/checkpoint_column", message)
    if not 1 <= given.cycles <= MOST_CYCLES:
        raise refused("/cycles", f"there are 1 to {MOST_CYCLES:,} cycles, not {given.cycles:,}")
    if given.key is not None and not given.key:
        raise refused("/key", "name a column, or leave the key out to have it found")
    return SimulationOrder(
        order=order,
        column=order.step.checkpoint_column,
        cycles=given.cycles,
        key=None if given.key is None else tuple(given.key),
    )
