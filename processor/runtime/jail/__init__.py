"""
The walls around a child, as values: each says what it is and puts itself up.

Standard library only. Read `walls`, which says which go up in which order, then `evidence`, which
says what level they make; `site` is where a zygote lives, and the other modules are a wall each.
"""

from .egress import (
    CONNECTING,
    LISTENING,
    PROXY_HOST,
    PROXY_PORT,
    ConnectsByHost,
    ListensForHost,
)
from .evidence import Isolation, Memory, Missing, Seen, Told, derive, missing, seen
from .limits import Limited
from .mapped import keeper_ids, own_ids
from .namespaces import KINDS
from .probe import Machine
from .restriction import Restriction
from .site import Site, settled
from .terms import Terms
from .walls import Locked, lock_in, system_calls

__all__ = [
    "CONNECTING",
    "KINDS",
    "LISTENING",
    "PROXY_HOST",
    "PROXY_PORT",
    "ConnectsByHost",
    "Isolation",
    "Limited",
    "ListensForHost",
    "Locked",
    "Machine",
    "Memory",
    "Missing",
    "Restriction",
    "Seen",
    "Site",
    "Terms",
    "Told",
    "derive",
    "keeper_ids",
    "lock_in",
    "missing",
    "own_ids",
    "seen",
    "settled",
    "system_calls",
]
