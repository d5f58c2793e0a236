"""Who a child is, and who may look into it."""

import os
from dataclasses import dataclass

from .syscalls import PR_SET_DUMPABLE, prctl


@dataclass(frozen=True, slots=True)
class OwnUser:
    """
    Makes a child a user that nobody else is; wants root.

    The kernel forgets meanwhile that a child was to die with its parent: ask for that afterwards.
    """

    uid: int

    def describe(self) -> str:
        """See Restriction."""
        return f"user {self.uid}, of no group but its own"

    def apply(self) -> None:
        """See Restriction."""
        os.setgroups([])
        os.setresgid(self.uid, self.uid, self.uid)
        os.setresuid(self.uid, self.uid, self.uid)


@dataclass(frozen=True, slots=True)
class NotDumpable:
    """Closes a process's memory and descriptors to whoever is the same user; no core dumps."""

    def describe(self) -> str:
        """See Restriction."""
        return "not to be looked into by others of the same user"

    def apply(self) -> None:
        """See Restriction."""
        prctl(PR_SET_DUMPABLE, 0)
