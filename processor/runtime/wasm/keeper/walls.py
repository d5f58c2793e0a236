"""The kernel's walls around a keeper, which needs no file, no socket and no other process."""

import os
import resource
from pathlib import Path
from typing import Final

from processor.runtime.jail import Restriction
from processor.runtime.jail.capabilities import NoBoundingCapabilities, NoCapabilities
from processor.runtime.jail.identity import NotDumpable, OwnUser
from processor.runtime.jail.landlock import LEAST_ABI, Listed, abi
from processor.runtime.jail.limits import Limited
from processor.runtime.jail.process import (
    DieWithParent,
    NoNewPrivileges,
    OwnSession,
    SilentStreams,
)
from processor.runtime.jail.seccomp import Network, SyscallFilter, policy_for

MOST_DESCRIPTORS: Final = 32
CAP_SETGID: Final = 6
CAP_SETUID: Final = 7


def restrictions(parent: int, *, user: int) -> list[Restriction]:
    """
    Give the walls in the order in which they go up, once the engine is loaded.

    A keeper becomes the user that it is given to itself, where it may become another one at all.

    No limit of the address space: an instance's memory is reserved, with room for every address
    that its code can name, long before it is used. Its size is the engine's to limit. And no
    descriptor is closed: a keeper is executed with its socket alone, and what it has opened since
    is the image that instances are copied from.
    """
    return [
        *([NoBoundingCapabilities()] if os.geteuid() == 0 else []),
        *([OwnUser(user)] if _may_become_another() else []),
        DieWithParent(parent),  # which becoming another user makes the kernel forget
        OwnSession(),
        SilentStreams(),
        Limited(resource.RLIMIT_NOFILE, MOST_DESCRIPTORS),
        Limited(resource.RLIMIT_FSIZE, 0),
        Limited(resource.RLIMIT_CORE, 0),
        NoCapabilities(),
        NoNewPrivileges(),
        NotDumpable(),
        *([Listed(readable=())] if listed_abi() else []),
        SyscallFilter(policy_for(Network.NONE)),  # last: it refuses what the others need
    ]


def _may_become_another() -> bool:
    """Whether this is root, and holds what it takes: a container may have taken that away."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    held = int(status.partition("CapEff:")[2].split()[0], 16)
    return os.geteuid() == 0 and all(held >> each & 1 for each in (CAP_SETGID, CAP_SETUID))


def listed_abi() -> int:
    """Give the version of the kernel's list of files that is put up, 0 where none is."""
    version = abi()
    return version if version >= LEAST_ABI else 0
