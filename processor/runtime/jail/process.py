"""What a child gives up as a process: its terminal, its privileges, what it inherited."""

import os
import signal
from dataclasses import dataclass
from typing import Final

from .syscalls import PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, prctl

_MOST_LIKELY: Final = b"1000"
"""OOM_SCORE_ADJ_MAX; see proc_pid_oom_score_adj(5)."""


@dataclass(frozen=True, slots=True)
class DieWithParent:
    """Ties a child to its zygote, the process that forked it."""

    parent: int

    def describe(self) -> str:
        """See Restriction."""
        return "killed when the zygote ends"

    def apply(self) -> None:
        """See Restriction."""
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self.parent:  # it ended before this was asked for
            raise ProcessLookupError("the zygote has ended")


@dataclass(frozen=True, slots=True)
class KilledFirst:
    """Has the kernel end a child before the service, when the machine is out of memory."""

    proc: int
    """A descriptor of /proc; while the child may still write to its own part of it."""

    def describe(self) -> str:
        """See Restriction."""
        return "killed first when memory runs out"

    def apply(self) -> None:
        """See Restriction."""
        descriptor = os.open("self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC, dir_fd=self.proc)
        try:
            os.write(descriptor, _MOST_LIKELY)
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """Takes a child off its terminal, and gives it every signal's default."""

    def describe(self) -> str:
        """See Restriction."""
        return "a session of its own, without a terminal"

    def apply(self) -> None:
        """See Restriction."""
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


@dataclass(frozen=True, slots=True)
class SilentStreams:
    """Points standard input, output and error at nothing."""

    def describe(self) -> str:
        """See Restriction."""
        return "standard streams lead nowhere"

    def apply(self) -> None:
        """See Restriction."""
        nothing = os.open("/dev/null", os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.close(nothing)


@dataclass(frozen=True, slots=True)
class NoNewPrivileges:
    """Makes set-user-id programs ordinary ones."""

    def describe(self) -> str:
        """See Restriction."""
        return "no new privileges"

    def apply(self) -> None:
        """See Restriction."""
        prctl(PR_SET_NO_NEW_PRIVS, 1)


@dataclass(frozen=True, slots=True)
class CloseDescriptors:
    """Closes whatever the zygote had open but what the run needs."""

    keep: frozenset[int]

    def describe(self) -> str:
        """See Restriction."""
        return "no descriptors but the run's own"

    def apply(self) -> None:
        """See Restriction."""
        start = 3
        for descriptor in sorted(self.keep):
            os.closerange(start, descriptor)
            start = descriptor + 1
        os.closerange(start, os.sysconf("SC_OPEN_MAX"))
