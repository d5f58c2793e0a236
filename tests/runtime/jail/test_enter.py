"""The whole way in, as a host sees it: a real child behind all walls, and the level that makes."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from processor.runtime.jail import Restriction, landlock
from processor.runtime.jail.capabilities import NoBoundingCapabilities, NoCapabilities
from processor.runtime.jail.enter import Entered, enter
from processor.runtime.jail.evidence import Isolation, Seen, derive, seen, told
from processor.runtime.jail.identity import NotDumpable, OwnUser
from processor.runtime.jail.landlock import with_devices
from processor.runtime.jail.namespaces import fork_as_first
from processor.runtime.jail.process import NoNewPrivileges
from processor.runtime.jail.seccomp import Network, SyscallFilter, policy_for

from .jails import (
    IDS,
    ORDINARY,
    ROOT,
    SLOT,
    USERS,
    a_root,
    basic_walls,
    become,
    need,
    receive_process,
    unable,
)

FILTER = SyscallFilter(policy_for(Network.NONE))
KINDS = ("user", "mnt", "net", "ipc", "uts", "cgroup", "pid")


def look(process: int | str) -> Seen:
    namespaces = {}
    for kind in KINDS:
        try:
            namespaces[kind] = str(Path(f"/proc/{process}/ns/{kind}").readlink())
        except PermissionError:  # a host that is not root may not look
            continue
    return seen(Path(f"/proc/{process}/status").read_text(), namespaces)


def put_up(walls: list[Restriction], ready: socket.socket) -> None:
    for wall in walls:
        wall.apply()
    os.dup2(ready.fileno(), 0)
    os.closerange(3, 1024)
    os.write(0, b".")
    FILTER.apply()
    os.read(0, 1)
    os._exit(0)


@contextmanager
def started(zygote: Callable[[socket.socket], None]) -> Iterator[Seen]:
    """Give how a child looks, of those that a function starts, that has put its filter up."""
    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    process = os.fork()
    if process == 0:
        theirs.close()
        try:
            zygote(ours)
        finally:
            os._exit(1)
    ours.close()
    with theirs:
        child, _ = receive_process(theirs)
        while (found := look(child)).filters <= look("self").filters:
            time.sleep(0)
        yield found
    os.waitpid(process, 0)


def isolation(walls: list[Restriction], child: Seen, *, uid: int | None, first: bool) -> Isolation:
    said = told(
        walls,
        private_root=first,
        first=first,
        landlock_abi=landlock.abi(),
        sockets="denied",
    )
    return derive(said, child, look("self"), uid=uid, memory="rlimit+watchdog")


@pytest.mark.parametrize("user", USERS)
def test_with_namespaces_a_run_is_isolated(user: str) -> None:
    need(user)
    last: list[Restriction] = [
        NoBoundingCapabilities(),
        NoCapabilities(),
        NoNewPrivileges(),
        NotDumpable(),
        with_devices(("/usr/lib",), ("/tmp",)),
    ]

    def zygote(ready: socket.socket) -> None:
        become(user)
        entered = enter(a_root(), IDS if user == ROOT else None)
        process = fork_as_first(entered.itself)
        if process == 0:
            put_up(basic_walls(user, entered) + last, ready)
        ready.close()
        os.waitpid(process, 0)

    with started(zygote) as child:
        walls = basic_walls(user, _anywhere()) + last
        uid = IDS.first + SLOT if user == ROOT else None
        found = isolation(walls, child, uid=uid, first=True)

    assert found.level == 3
    assert found.uid == ("per_execution" if user == ROOT else "shared")
    assert found.namespaces_frozen
    assert child.pids[-1] == 1
    assert len(child.pids) == 3


@pytest.mark.parametrize(("user", "level"), [(ROOT, 2), (ORDINARY, 1)])
def test_without_namespaces_a_run_is_confined(user: str, level: int) -> None:
    if landlock.abi() < landlock.LEAST_ABI or (user == ROOT and os.getuid() != 0):
        unable("there is no Landlock here, or the tests do not run as root")
    uid = IDS.first + SLOT if user == ROOT else None
    own: list[Restriction] = [NoBoundingCapabilities(), OwnUser(uid)] if uid is not None else []
    walls = [*own, NoCapabilities(), NoNewPrivileges(), NotDumpable(), with_devices(("/usr/lib",))]

    def zygote(ready: socket.socket) -> None:
        become(user)
        put_up(walls, ready)

    with started(zygote) as child:
        found = isolation(walls, child, uid=uid, first=False)

    assert found.level == level
    assert found.filesystem == "landlock"
    assert found.network == "seccomp_deny"
    assert found.processes == "no_fork"


def test_a_zygote_is_closed_to_others_of_the_same_user() -> None:
    need(ORDINARY)
    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    process = os.fork()
    if process == 0:
        theirs.close()
        become(ORDINARY)
        enter(a_root(), None)
        ours.send(b".")
        os.read(ours.fileno(), 1)
        os._exit(0)
    ours.close()
    with theirs:
        zygote, _ = receive_process(theirs)

        # what only its owner may look into is root's as long as it is not dumpable
        assert Path(f"/proc/{zygote}/environ").stat().st_uid == 0
    os.waitpid(process, 0)


def _anywhere() -> Entered:
    return Entered(proc=-1, itself=-1)
