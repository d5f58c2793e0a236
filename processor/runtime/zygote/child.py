"""From a fork to a statement: walls up, then the guest."""

import json
import os
import resource
import sys
from itertools import takewhile
from typing import Any, Final

from processor.runtime.guest.main import serve
from processor.runtime.guest.wire import READY, write_frame
from processor.runtime.jail import (
    CloseDescriptors,
    DieWithParent,
    Limited,
    NoBoundingCapabilities,
    NoCapabilities,
    NoNewCode,
    NoNewPrivileges,
    NotDumpable,
    OwnSession,
    Restriction,
    SilentStreams,
)
from processor.runtime.jail.seccomp import Network, SyscallFilter, policy_for

NO_NEW_CODE_SINCE: Final = (6, 3)
"""The kernel that first knew PR_SET_MDWE; an older one goes without, and a run says so."""


def run(limits: dict[str, Any], zygote: int, payload: int, frames: int) -> None:
    """Put the walls up, say so, and run what comes; returns when the run has ended."""
    walls = restrictions(limits, zygote, frozenset({payload, frames}))
    for wall in walls:
        wall.apply()
    os.chdir("/tmp")  # noqa: S108 (the child's only writable place)
    _draw_own_numbers()
    told = {"restrictions": [wall.describe() for wall in walls]}
    write_frame(frames, READY, json.dumps(told).encode())
    serve(payload, frames)
    os.read(payload, 1)  # until the host has seen what the run used, and lets go


def restrictions(limits: dict[str, Any], zygote: int, keep: frozenset[int]) -> list[Restriction]:
    """Give the walls in the order in which they go up."""
    return [
        DieWithParent(zygote),
        OwnSession(),
        SilentStreams(),
        CloseDescriptors(keep),
        Limited(resource.RLIMIT_AS, _address_space() + limits["memory_bytes"]),
        Limited(resource.RLIMIT_CPU, limits["cpu_seconds"]),
        Limited(resource.RLIMIT_NOFILE, limits["open_files"]),
        Limited(resource.RLIMIT_FSIZE, limits["tmp_bytes"]),
        Limited(resource.RLIMIT_CORE, 0),
        *([NoBoundingCapabilities()] if os.geteuid() == 0 else []),
        NoCapabilities(),
        NoNewPrivileges(),
        NotDumpable(),
        *([NoNewCode()] if _kernel() >= NO_NEW_CODE_SINCE else []),
        system_calls(),  # last: it refuses what the others need
    ]


def system_calls() -> SyscallFilter:
    """Give the filter of system calls; the network stays as open as the service's own."""
    return SyscallFilter(policy_for(Network.OPEN, exec_memory=False))


def _kernel() -> tuple[int, int]:
    major, minor, *_ = os.uname().release.split(".")
    return int(major), int("".join(takewhile(str.isdigit, minor)))


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as pages:
        return int(pages.read().split()[0]) * resource.getpagesize()


def _draw_own_numbers() -> None:
    """Reseed numpy, which unlike the standard library does not do so after a fork."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
