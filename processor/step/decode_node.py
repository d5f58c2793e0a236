"""What a request says of a module's nodes: context, options, tiers."""

from typing import Any, Final, Literal, TypeAlias

import msgspec

from .pointers import decoded, refused
from .spec import NodeOptions

MIB: Final = 1 << 20
MEMORY_TIERS: Final = {
    "minimal": 16 * MIB,
    "light": 32 * MIB,
    "standard": 64 * MIB,
    "heavy": 128 * MIB,
    "intensive": 256 * MIB,
}
"""`limits.memory_bytes` by a tier's name."""
TIME_TIERS: Final = {"quick": 5.0, "standard": 30.0, "extended": 60.0, "long_running": 300.0}
"""`limits.wall_seconds` and `limits.cpu_seconds` by a tier's name."""
MOST_PERMISSIONS: Final = 100
MOST_FUEL: Final = 10**15
_Name: TypeAlias = str | None


class Tier(msgspec.Struct, forbid_unknown_fields=True):
    """Two tiers, each by its name."""

    memory: str = "standard"
    timeout: str = "standard"


class _Context(msgspec.Struct, kw_only=True):
    """What a context's members are, where they are there; others are the author's own."""

    inputs: dict[str, Any] | None = None
    node_id: _Name = None
    run_id: _Name = None
    app_id: _Name = None
    board_id: _Name = None
    user_id: _Name = None
    node_name: _Name = None
    stream_state: bool | None = None
    log_level: Literal[0, 1, 2, 3, 4] | None = None


def read_context(content: bytes) -> bytes:
    """Give a context's JSON back where it is one; raises InvalidRequest with a pointer."""
    decoded(content, _Context, below="/inputs/context")
    return content


def read_node_options(
    permissions: list[str] | None, strict_pins: bool, node_name: str | None, fuel: int | None
) -> NodeOptions:
    """Read how a node is run; raises InvalidRequest with a pointer."""
    if permissions is not None and len(permissions) > MOST_PERMISSIONS:
        message = f"there are at most {MOST_PERMISSIONS} permissions"
        raise refused("/step/options/permissions", message)
    if fuel is not None and not 0 < fuel <= MOST_FUEL:
        message = f"{fuel:,} is not above 0 and at most {MOST_FUEL:,}"
        raise refused("/step/options/fuel", message)
    return NodeOptions(
        permissions=None if permissions is None else frozenset(permissions),
        strict_pins=strict_pins,
        node_name=node_name,
        fuel=fuel,
    )


def tier_limits(tier: str | Tier | None) -> dict[str, float]:
    """Give the limits that a tier stands for; raises InvalidRequest with a pointer."""
    match tier:
        case None:
            return {}
        case Tier():
            return {**_memory(tier.memory), **_time(tier.timeout)}
        case _ if tier not in MEMORY_TIERS.keys() | TIME_TIERS.keys():
            known = ", ".join(dict.fromkeys([*MEMORY_TIERS, *TIME_TIERS]))
            raise refused("/step/options/tier", f"{tier!r:.80} is no tier; known are: {known}")
        case _:
            memory = _memory(tier) if tier in MEMORY_TIERS else {}
            return {**memory, **(_time(tier) if tier in TIME_TIERS else {})}


def _memory(name: str) -> dict[str, float]:
    if name not in MEMORY_TIERS:
        known = ", ".join(MEMORY_TIERS)
        raise refused("/step/options/tier/memory", f"{name!r:.80} is none; known are: {known}")
    return {"memory_bytes": MEMORY_TIERS[name]}


def _time(name: str) -> dict[str, float]:
    if name not in TIME_TIERS:
        known = ", ".join(TIME_TIERS)
        raise refused("/step/options/tier/timeout", f"{name!r:.80} is none; known are: {known}")
    return {"wall_seconds": TIME_TIERS[name], "cpu_seconds": TIME_TIERS[name]}
