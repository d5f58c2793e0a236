"""Namespaces: a child is alone, is nobody, and stays so."""

# What is tested is system calls, some of them where no path can be asked.
# ruff: noqa: PTH115, PTH208

import os
import signal
import socket
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from processor.runtime.jail.enter import Entered
from processor.runtime.jail.namespaces import (
    KINDS,
    Ids,
    NoMoreNamespaces,
    OwnNamespaces,
    bring_loopback_up,
    enter_user_namespace,
    fork_as_first,
)
from processor.runtime.jail.syscalls import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    PR_SET_DUMPABLE,
    prctl,
    unshare,
)

from .forks import exit_code_of_child, in_child
from .jails import (
    IDS,
    NOBODY,
    ORDINARY,
    ROOT,
    SLOT,
    USERS,
    a_root,
    become,
    in_first,
    in_jail,
    in_zygote,
    need,
    reason_of,
    receive_process,
)


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    need(name)
    return name


def namespaces() -> dict[str, str]:
    return {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in KINDS}


def test_each_says_what_it_keeps_out() -> None:
    own = "user, mount, network, ipc, uts and cgroup namespaces of its own; no network in it"

    assert OwnNamespaces(3).describe() == own
    assert NoMoreNamespaces(3).describe() == "no further namespaces"


def test_a_child_has_one_interface_and_it_is_down(user: str) -> None:
    def interfaces() -> Any:
        with socket.socket() as client:
            connected = reason_of(lambda: client.connect(("127.0.0.1", 1)))
        return [[name for _, name in socket.if_nameindex()], connected]

    names, connected = in_jail(user, interfaces)

    assert "lo" in names
    assert connected == "Network is unreachable"


def test_a_child_does_not_reach_what_listens_on_the_hosts_loopback(user: str) -> None:
    def connect() -> Any:
        bring_loopback_up()
        with socket.socket() as client:
            return reason_of(lambda: client.connect(address))

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        assert in_jail(user, connect) == "Connection refused"


def test_a_child_does_not_reach_the_hosts_abstract_sockets(user: str) -> None:
    def connect() -> Any:
        with socket.socket(socket.AF_UNIX) as client:
            return reason_of(lambda: client.connect(name))

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{os.getpid()}.a-name")
        server.listen()
        name = server.getsockname()

        assert in_child(connect) == "done"
        assert in_jail(user, connect) == "Connection refused"


def test_a_child_sees_no_process_but_itself(user: str) -> None:
    host = os.getpid()

    def processes() -> Any:
        numbers = range(1, 100)
        found = [each for each in numbers if reason_of(partial(os.kill, each, 0)) == "done"]
        return [os.getpid(), os.getppid(), found, reason_of(lambda: os.kill(host, 0))]

    assert in_jail(user, processes) == [1, 0, [1], "No such process"]


def test_a_child_is_an_ordinary_user_by_its_own_lights_and_by_the_hosts(user: str) -> None:
    def identity() -> Any:
        ours.send(b".")
        return [*os.getresuid(), *os.getresgid()]

    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    with theirs, ours:
        said = in_jail(user, identity)
        _, seen = receive_process(theirs)

    assert said == [1000] * 6
    nobody = NOBODY if os.getuid() == 0 else os.getuid()
    assert seen == (IDS.first + SLOT if user == ROOT else nobody)


def test_a_child_cannot_become_another_user(user: str) -> None:
    def become_another() -> Any:
        return [reason_of(lambda: os.setuid(0)), reason_of(lambda: os.setgroups([]))]

    assert in_jail(user, become_another) == ["Invalid argument", "Operation not permitted"]


@pytest.mark.parametrize(
    "kind",
    [
        CLONE_NEWUSER,
        CLONE_NEWNS,
        CLONE_NEWPID,
        CLONE_NEWNET,
        CLONE_NEWIPC,
        CLONE_NEWUTS,
        CLONE_NEWCGROUP,
    ],
)
def test_a_child_makes_no_further_namespace(user: str, kind: int) -> None:
    told = in_jail(user, lambda: reason_of(lambda: unshare(kind)))

    assert told == "No space left on device"


def test_a_child_shares_none_of_its_namespaces_with_its_zygote(user: str) -> None:
    kinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"]

    def shared(entered: Entered) -> Any:
        def own() -> Any:
            return [os.readlink(f"self/ns/{kind}", dir_fd=entered.proc) for kind in kinds]

        def child() -> Any:
            OwnNamespaces(entered.proc).apply()
            return own()

        prctl(PR_SET_DUMPABLE, 1)  # or it could not look at its own
        return [
            kind
            for kind, a, b in zip(kinds, own(), in_first(entered, child), strict=True)
            if a == b
        ]

    assert in_zygote(user, shared) == []


def test_freezing_is_what_keeps_a_child_from_further_namespaces(user: str) -> None:
    def unfrozen(entered: Entered) -> Any:
        def unshare_again() -> Any:
            OwnNamespaces(entered.proc).apply()
            return reason_of(lambda: unshare(CLONE_NEWUSER))

        return in_first(entered, unshare_again)

    assert in_zygote(user, unfrozen) == "done"


def test_a_zygote_is_the_second_process_below_one_that_only_reaps(user: str) -> None:
    assert in_zygote(user, lambda _: [os.getpid(), os.getppid()]) == [2, 1]


def test_a_zygote_has_a_name_that_is_nobodys(user: str) -> None:
    before = socket.gethostname()

    assert in_zygote(user, lambda _: socket.gethostname()) == "statement"
    assert socket.gethostname() == before


def test_every_child_is_the_first_process_of_its_own_namespace(user: str) -> None:
    def first(entered: Entered) -> Any:
        pids = [in_first(entered, os.getpid) for _ in range(3)]
        process = os.fork()
        if process == 0:
            os._exit(0)
        os.waitpid(process, 0)
        return [*pids, process > 2]

    assert in_zygote(user, first) == [1, 1, 1, True]


def test_children_draw_different_random_numbers(user: str) -> None:
    def drawn(entered: Entered) -> Any:
        ssl.RAND_bytes(8)
        return [in_first(entered, lambda: ssl.RAND_bytes(8).hex()) for _ in range(3)]

    numbers = in_zygote(user, drawn)

    assert isinstance(numbers, list)
    assert len({str(number) for number in numbers}) == 3


def test_a_fork_that_fails_leaves_the_zygote_able_to_fork(user: str) -> None:
    def forked(entered: Entered) -> Any:
        fork = os.fork
        os.fork = lambda: os.open("/nowhere", os.O_RDONLY)
        try:
            failed = reason_of(lambda: fork_as_first(entered.itself))
        finally:
            os.fork = fork
        return [failed, in_first(entered, os.getpid)]

    assert in_zygote(user, forked) == ["No such file or directory", 1]


@pytest.mark.parametrize(
    ("end", "exit_code"),
    [(lambda: os._exit(7), 7), (lambda: os.kill(os.getpid(), signal.SIGKILL), 137)],
)
def test_the_process_that_was_started_ends_as_the_zygote_does(
    user: str, end: Callable[[], None], exit_code: int
) -> None:
    def zygote() -> None:
        in_zygote_itself(user)
        end()

    assert exit_code_of_child(zygote) == exit_code


def test_killing_the_process_that_was_started_kills_all_of_them(user: str) -> None:
    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    started = os.fork()
    if started == 0:
        theirs.close()
        entered = in_zygote_itself(user)
        fork_as_first(entered.itself)
        ours.send(b".")
        signal.pause()
    ours.close()
    with theirs:
        theirs.settimeout(10)
        processes = [receive_process(theirs)[0] for _ in range(2)]

        os.kill(started, signal.SIGKILL)
        os.waitpid(started, 0)

        assert theirs.recv(1) == b""  # nobody has the other end any more
    assert started not in processes


def test_those_that_wait_hold_nothing_open() -> None:
    need(ORDINARY)

    def descriptors_of_the_first(entered: Entered) -> Any:
        itself = os.readlink("self", dir_fd=entered.proc)
        status = os.open(f"{itself}/status", os.O_RDONLY, dir_fd=entered.proc)
        lines = os.read(status, 8192).decode().splitlines()
        first = next(line.split()[1] for line in lines if line.startswith("PPid:"))
        opened = os.open(f"{first}/fd", os.O_RDONLY, dir_fd=entered.proc)
        return [name for name in os.listdir(opened) if int(name) > 2]

    assert in_zygote(ORDINARY, descriptors_of_the_first) == []


def test_ids_are_for_root_only() -> None:
    def enter() -> Any:
        become(ORDINARY)
        enter_user_namespace(os.open("/proc", os.O_RDONLY), Ids(210_000, 100))
        return "entered"

    assert in_child(enter) == "PermissionError: [Errno 1] Operation not permitted"


def test_ids_that_do_not_exist_are_an_error() -> None:
    need(ROOT)

    def enter() -> Any:
        enter_user_namespace(os.open("/proc", os.O_RDONLY), Ids(210_000, 0))
        return "entered"

    assert in_child(enter) == "OSError: [Errno 22] Invalid argument: 'uid_map'"


def test_the_host_stays_where_it_was(user: str) -> None:
    before, mounts = namespaces(), Path("/proc/self/mountinfo").read_text()

    in_jail(user, lambda: "in")

    assert namespaces() == before
    assert Path("/proc/self/mountinfo").read_text() == mounts


def in_zygote_itself(user: str) -> Entered:
    from processor.runtime.jail.enter import enter

    become(user)
    return enter(a_root(), IDS if user == ROOT else None)
