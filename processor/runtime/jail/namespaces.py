"""
Namespaces: a view of the machine of one's own, in which nobody else is.

A user namespace comes with the others, for whoever is not root gets them by no other way. The pid
namespace is the odd one: it takes in only who is forked next. The usual way is a second fork in
every child (3.6 ms with a warm interpreter); here the zygote steps into a new one, forks once, and
steps back, which costs nothing.
"""

import fcntl
import os
import signal
import socket
import struct
from dataclasses import dataclass
from typing import Final, NoReturn

from .syscalls import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    PR_SET_DUMPABLE,
    PR_SET_PDEATHSIG,
    prctl,
    setns,
    unshare,
)

GUEST_ID: Final = 1000
"""Who a child is, user and group, by its own lights."""
KINDS: Final = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time")

_SIOCGIFFLAGS: Final = 0x8913
_SIOCSIFFLAGS: Final = 0x8914
_IFF_UP: Final = 1
_INTERFACE: Final = struct.Struct("16sH22x")


@dataclass(frozen=True, slots=True)
class OwnNamespaces:
    """Takes a child into namespaces of its own, where it is user 1000 and alone."""

    proc: int
    """A descriptor of /proc, which a child's root does not have."""

    def describe(self) -> str:
        """See Restriction."""
        return "user, mount, network, ipc, uts and cgroup namespaces of its own; no network in it"

    def apply(self) -> None:
        """See Restriction."""
        uid, gid = os.getuid(), os.getgid()
        prctl(PR_SET_DUMPABLE, 1)  # after a change of uid its maps would not be its own to write
        unshare(
            CLONE_NEWUSER
            | CLONE_NEWNS
            | CLONE_NEWNET
            | CLONE_NEWIPC
            | CLONE_NEWUTS
            | CLONE_NEWCGROUP
        )
        _write(self.proc, "self/setgroups", "deny")
        _write(self.proc, "self/uid_map", f"{GUEST_ID} {uid} 1")
        _write(self.proc, "self/gid_map", f"{GUEST_ID} {gid} 1")


@dataclass(frozen=True, slots=True)
class NoMoreNamespaces:
    """Keeps a child, in its user namespace, from making any further one: ENOSPC, filter or not."""

    proc: int

    def describe(self) -> str:
        """See Restriction."""
        return "no further namespaces"

    def apply(self) -> None:
        """See Restriction."""
        for kind in KINDS:
            _write(self.proc, f"sys/user/max_{kind}_namespaces", "0")


@dataclass(frozen=True, slots=True)
class Ids:
    """User and group ids, as the host counts them, that a zygote gives to its children."""

    first: int
    """The zygote's own: root by its own lights, nobody by the host's."""
    count: int


def enter_user_namespace(proc: int, ids: Ids | None) -> None:
    """
    Go on as root of a user namespace that maps these ids, or only one's own where there are none.

    With it come mount, ipc and uts namespaces, and a pid namespace for whoever is forked next.
    """
    if ids is None:
        maps = f"0 {os.getuid()} 1", f"0 {os.getgid()} 1"
    else:
        os.setgroups([])
        maps = (f"0 {ids.first} {ids.count}",) * 2
    helper, go_on = _fork_mapper(proc, *maps, deny_groups=ids is None)
    try:
        unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)
        os.write(go_on, b".")
    finally:
        os.close(go_on)
        _, status = os.waitpid(helper, 0)
    number = os.waitstatus_to_exitcode(status)
    if number != 0:
        raise OSError(number, os.strerror(abs(number)), "uid_map")
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def become_second_process() -> None:
    """
    Go on as process 2 of the pid namespace that was unshared; the calling process only waits.

    Process 1 only reaps. It is not the zygote, for then zygote and child would both be process 1,
    each in its own namespace, and OpenSSL knows a fork by a changed process id: every child would
    draw the same random numbers. Whichever of the three ends, all below it end.
    """
    first = os.fork()
    if first != 0:
        _wait_for(first)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    second = os.fork()
    if second != 0:
        _wait_for(second)


def fork_as_first(zygote: int) -> int:
    """Fork, the child as process 1 of a pid namespace of its own; takes the caller's own pidfd."""
    unshare(CLONE_NEWPID)
    try:
        process = os.fork()
    except OSError:
        setns(zygote, CLONE_NEWPID)
        raise
    if process != 0:
        setns(zygote, CLONE_NEWPID)  # where this fails the next fork would: nothing goes on
    return process


def bring_loopback_up() -> None:
    """Bring up the one interface of a network namespace that was made."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, _INTERFACE.pack(b"lo", 0))
        _, flags = _INTERFACE.unpack(name)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, _INTERFACE.pack(b"lo", flags | _IFF_UP))


def _fork_mapper(proc: int, uid_map: str, gid_map: str, *, deny_groups: bool) -> tuple[int, int]:
    """
    Fork a helper that stays behind and writes the caller's maps, when told to.

    Nobody may map more than himself from within, however privileged he was outside.
    """
    caller = os.getpid()
    told, go_on = os.pipe()
    helper = os.fork()
    if helper != 0:
        os.close(told)
        return helper, go_on
    number = 1
    try:
        os.close(go_on)
        if os.read(told, 1):
            if deny_groups:
                _write(proc, f"{caller}/setgroups", "deny")
            _write(proc, f"{caller}/uid_map", uid_map)
            _write(proc, f"{caller}/gid_map", gid_map)
        number = 0
    except OSError as error:
        number = error.errno or number
    finally:
        os._exit(number)


def _wait_for(process: int) -> NoReturn:
    """Reap until a process ends, and end as it did; holds nothing open meanwhile."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    while True:
        ended, status = os.wait()
        if ended == process:
            exit_code = os.waitstatus_to_exitcode(status)
            os._exit(exit_code if exit_code >= 0 else 128 - exit_code)


def _write(proc: int, name: str, content: str) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        os.write(descriptor, content.encode())
    finally:
        os.close(descriptor)
