"""
What is in force around an instance, from evidence, and what level that makes.

The first wall is the engine's: where a fact says `wasm` an instance has no such thing at all. The
second is the keeper's, as it is seen from outside: what breaks out of an instance meets that. The
level is that of both, so it is the keeper that decides it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from processor.runtime.jail import Seen, seen
from processor.values import Json

from .process import Keeper

_ENGINE: Final[Mapping[str, Json]] = {
    "engine": "wasm",
    "filesystem": "wasm",
    "network": "wasm",
    "processes": "wasm",
    "memory": "wasm",
    "exec_memory": "allow",
}
ISOLATED: Final = 3
CONFINED: Final = 2


def isolation_of(keeper: Keeper) -> dict[str, Json]:
    """Give what is in force around the instances of a keeper."""
    host = seen(Path("/proc/self/status").read_text("ascii", "replace"), {})
    walls = keeper.walls
    return {
        "level": level(walls, host, landlock_abi=keeper.landlock_abi),
        **_ENGINE,
        "syscalls": "allowlist" if _is_filtered(walls, host) else "none",
        "uid": _uid(walls, host),
        "capabilities": "held" if walls.held else "none" if walls.bounded else "bounding",
        "no_new_privs": walls.no_new_privs,
        "landlock_abi": keeper.landlock_abi,
        "restrictions": list[Json](keeper.restrictions),
    }


def level(keeper: Seen, host: Seen, *, landlock_abi: int) -> int:
    """
    Give the level that a keeper's walls make, where an instance is what they stand around.

    3 where who breaks out is filtered, can gain nothing, and has no file: as a user of its own, or
    by Landlock. 2 where that user is root, whom Landlock alone keeps from files. 1 where it is the
    service's own and finds its files. 0 without a filter, or with privileges.
    """
    if not _is_filtered(keeper, host) or not keeper.no_new_privs or keeper.held:
        return 0
    match _uid(keeper, host):
        case "per_keeper":
            return ISOLATED
        case "shared":
            return ISOLATED if landlock_abi else 1
        case _:
            return CONFINED if landlock_abi else 0


def _uid(keeper: Seen, host: Seen) -> str:
    if not keeper.users or 0 in keeper.users:
        return "root"
    return "per_keeper" if set(keeper.users).isdisjoint(host.users) else "shared"


def _is_filtered(keeper: Seen, host: Seen) -> bool:
    """Whether a filter was added to those that every process of a container has anyway."""
    return keeper.filters > host.filters
