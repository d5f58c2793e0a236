"""The way of a zygote into its own root, its own namespaces, and its own small family."""

import os
import socket
from dataclasses import dataclass
from typing import Final

from .identity import NotDumpable
from .namespaces import Ids, become_second_process, enter_user_namespace
from .root import Root
from .syscalls import CLONE_NEWNS, unshare

HOSTNAME: Final = "statement"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entered:
    """What a zygote that is inside keeps of the outside; its children close both."""

    proc: int
    """A descriptor of /proc, for the maps of its children."""
    itself: int
    """Its own pidfd, to step back by: see fork_as_first."""


def enter(root: Root, ids: Ids | None) -> Entered:
    """
    Take the calling process inside; the one that goes on is a grandchild, process 2 inside.

    With ids, for who is root: the root is built first, while everything can still be read. Without,
    for who is not: it is built by the namespace's own root, since nobody else here may mount.
    """
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if ids is not None:
        unshare(CLONE_NEWNS)
        root.apply()
    enter_user_namespace(proc, ids)
    if ids is None:
        root.apply()
    socket.sethostname(HOSTNAME)
    become_second_process()
    NotDumpable().apply()
    return Entered(proc=proc, itself=os.pidfd_open(os.getpid()))
