"""A stored step: read when it is put, and made into an order again when it runs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from .decode import WireStep, as_step, decode_order, find_profile
from .pointers import decoded, refused
from .profile import Profile
from .spec import Step, StepId
from .stored import StoredStep


class _Put(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    step: msgspec.Raw


def decode_step(body: bytes, stored_as: StepId, profiles: Mapping[str, Profile]) -> bytes:
    """
    Read the body of a request to store a step, and give it as it is kept: as JSON, without its id.

    Raises what `decode_order` raises for a run of that step.
    """
    given: _Put = decoded(body, _Put)
    wire: WireStep = decoded(bytes(given.step), WireStep, below="/step")
    if wire.id not in (None, stored_as):
        raise refused("/step/id", "it is another id than the one that the step is stored under")
    as_step(wire, find_profile(wire.profile, profiles, "/step/profile"))
    members: dict[str, Any] = decoded(bytes(given.step), dict[str, Any], below="/step")
    members.pop("id", None)
    return msgspec.json.encode(members, order="sorted")


def step_of(stored: StoredStep, profiles: Mapping[str, Profile]) -> Step:
    """Give a stored step as it would run; raises InvalidRequest where it can run no more."""
    return decode_order(order_document(stored, {}), profiles).step


def order_document(
    stored: StoredStep, inputs: Mapping[str, msgspec.Raw], *, commit: bool = True
) -> bytes:
    """Give the body of a request that runs a stored step."""
    step: dict[str, msgspec.Raw] = msgspec.json.decode(stored.document, type=dict[str, msgspec.Raw])
    step["id"] = msgspec.Raw(msgspec.json.encode(stored.step_id))
    return msgspec.json.encode({"step": step, "inputs": inputs, "commit": commit})
