"""The wall itself: only the system calls of a policy."""

import os
from dataclasses import dataclass

from processor.runtime.jail.syscalls import seccomp

from .architecture import this_architecture
from .policy import Policy
from .program import compiled


@dataclass(frozen=True, slots=True)
class SyscallFilter:
    """
    Keeps a process, and the threads that it starts, to some system calls; for good.

    Goes up after NoNewPrivileges, in a process with one thread, and last: what puts up other
    walls is not among the calls that are left.
    """

    policy: Policy

    def describe(self) -> str:
        """See Restriction."""
        some = len(self.policy.when)
        return f"{len(self.policy.allowed)} system calls, {some} by argument, {self.policy.title}"

    def apply(self) -> None:
        """See Restriction."""
        seccomp(compiled(self.policy, this_architecture()).of(os.getpid()))

    def prepare(self) -> None:
        """Assemble the filter ahead, in the process whose children put it up."""
        compiled(self.policy, this_architecture())
