"""
What this machine can do, found by doing it in a process of its own.

Asking is not enough: there are systems on which a user namespace is given, and nothing may be done
in it. So the probe goes in, mounts, brings an interface up, and forks, like a zygote.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from . import landlock
from .capabilities import NoBoundingCapabilities
from .enter import enter
from .identity import OwnUser
from .memory import NoNewCode
from .namespaces import (
    Ids,
    NoMoreNamespaces,
    OwnNamespaces,
    bring_loopback_up,
    fork_as_first,
)
from .root import OwnTmp, root_of
from .syscalls import PR_SET_SECCOMP, SECCOMP_MODE_FILTER, prctl

_LONGEST_REASON: Final = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What can be had here; of what cannot, the reason."""

    no_namespaces: str
    """Why a zygote gets no root and no namespaces of its own; empty where it does."""
    no_freezing: str
    no_own_users: str
    no_bounding: str
    """Why the capabilities that may be gained cannot be given up."""
    no_new_code: str
    """Why written memory cannot be kept from being executed."""
    no_seccomp: str
    landlock_abi: int

    def describe(self) -> str:
        """Say it, a line a wall."""
        landlocked = str(self.landlock_abi) if self.landlock_abi else "no"
        found = {
            "namespaces and a root of its own": self.no_namespaces,
            "no further namespaces": self.no_freezing,
            "a user for each run": self.no_own_users,
            "no capability to be gained": self.no_bounding,
            "memory written or executed": self.no_new_code,
            "system calls filtered": self.no_seccomp,
        }
        lines = [f"{name}: {f'no ({why})' if why else 'yes'}" for name, why in found.items()]
        return "\n".join([*lines, f"Landlock: {landlocked}"])


def probe(ids: Ids) -> Machine:
    """Try everything; leaves nothing behind."""
    no_own_users = tried(OwnUser(ids.first).apply)
    own = None if no_own_users else ids
    return Machine(
        no_namespaces=tried(lambda: _live(own, freeze=False)),
        no_freezing=tried(lambda: _live(own, freeze=True)),
        no_own_users=no_own_users,
        no_bounding=tried(NoBoundingCapabilities().apply),
        no_new_code=tried(NoNewCode().apply),
        no_seccomp=tried(_load_no_filter),
        landlock_abi=landlock.abi(),
    )


def tried(function: Callable[[], None]) -> str:
    """Call a function in a process of its own; give why it failed, or nothing."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(read)
            os.write(write, (reason_of(function) or " ").encode()[:_LONGEST_REASON])
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as reading:
        reason = reading.read().decode()
    os.waitpid(process, 0)
    return reason.strip() if reason else "it ended without a word"


def reason_of(function: Callable[[], None]) -> str:
    """Call a function; give why it failed, or nothing."""
    try:
        function()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the reason)
        return f"{type(error).__name__}: {error}"
    return ""


def _live(ids: Ids | None, *, freeze: bool) -> None:
    """Go through what a zygote and one child of it go through; raises what either meets."""
    entered = enter(root_of((), tmp_bytes=1 << 20), ids)
    reason = _in_first(entered.itself, lambda: _live_as_child(entered.proc, ids, freeze=freeze))
    if reason:
        raise OSError(errno.EPERM, reason)


def _live_as_child(proc: int, ids: Ids | None, *, freeze: bool) -> None:
    if ids is not None:
        OwnUser(1).apply()
    OwnNamespaces(proc).apply()
    OwnTmp(size_bytes=1 << 20).apply()
    bring_loopback_up()
    if freeze:
        NoMoreNamespaces(proc).apply()


def _in_first(zygote: int, function: Callable[[], None]) -> str:
    read, write = os.pipe()
    process = fork_as_first(zygote)
    if process == 0:
        try:
            os.write(write, (reason_of(function) or " ").encode()[:_LONGEST_REASON])
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(process, 0)
    return os.read(read, _LONGEST_REASON).decode().strip()


def _load_no_filter() -> None:
    """Load a filter from nowhere: a kernel that knows filters looks there, and finds none."""
    try:
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER)
    except OSError as error:
        if error.errno != errno.EFAULT:
            raise
