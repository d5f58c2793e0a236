"""The filter on this machine's kernel: every number of the table, and what Python makes of it."""

import asyncio
import ctypes
import errno
import faulthandler
import mmap
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from processor.runtime.jail.limits import Limited
from processor.runtime.jail.process import NoNewPrivileges
from processor.runtime.jail.seccomp import Network, Policy, SyscallFilter, policy_for
from processor.runtime.jail.seccomp.architecture import this_architecture
from processor.runtime.jail.seccomp.program import compiled
from processor.runtime.jail.syscalls import seccomp
from processor.values import Json

from .forks import exit_code_of_child, in_child

NUMBERS = this_architecture().numbers
POLICY = policy_for(Network.NONE)
NOBODY = 65534
NOT_RETURNING = {"exit", "exit_group", "rt_sigreturn"}
INVALID = (-1,) * 6

_libc = ctypes.CDLL(None, use_errno=True)


def up(policy: Policy = POLICY) -> None:
    """Put the filter up around the calling process."""
    NoNewPrivileges().apply()
    SyscallFilter(policy).apply()


def powerless() -> None:
    """Give up what a call could do harm with, were the filter not there."""
    faulthandler.disable()
    os.setsid()
    Limited(resource.RLIMIT_CORE, 0).apply()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def error_of(number: int, arguments: Sequence[int] = INVALID) -> int:
    """Give the error of a call, 0 for none."""
    ctypes.set_errno(0)
    _libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return ctypes.get_errno()


def errors(numbers: Iterable[int], policy: Policy = POLICY) -> Json:
    """Give the errors of calls with invalid arguments, each by its number, in a child."""

    def called() -> Json:
        powerless()
        up(policy)
        return {str(number): error_of(number) for number in numbers}

    return in_child(called)


def under(function: Callable[[], Json], policy: Policy = POLICY) -> Json:
    def walled() -> Json:
        up(policy)
        return function()

    return in_child(walled)


def test_it_says_what_it_leaves() -> None:
    assert SyscallFilter(POLICY).describe() == (
        "113 system calls, 12 by argument, network none, memory never becomes code"
    )
    assert SyscallFilter(policy_for(Network.PROXY, exec_memory=True)).describe() == (
        "116 system calls, 11 by argument, network proxy, memory can become code"
    )


@pytest.mark.parametrize("name", sorted(POLICY.killed & NUMBERS.keys()))
def test_a_call_that_nothing_makes_in_good_faith_kills(name: str) -> None:
    def called() -> None:
        powerless()
        up()
        error_of(NUMBERS[name])

    assert exit_code_of_child(called) == -signal.SIGSYS


@pytest.mark.parametrize(
    "policy", [policy_for(network) for network in Network], ids=lambda policy: policy.title
)
def test_every_other_number_is_refused(policy: Policy) -> None:
    spoken_of = {NUMBERS[name] for name in policy.names() if name in NUMBERS}
    newest = max(NUMBERS.values())
    uprobes = {335, 336}  # the kernel's own business: no filter is asked
    numbers = sorted(set(range(newest + 100)) - spoken_of - uprobes)

    assert errors(numbers, policy) == {
        str(n): errno.EPERM if n <= newest else errno.ENOSYS for n in numbers
    }


def test_calls_with_an_error_of_their_own_have_it() -> None:
    numbers = {NUMBERS[refused.name]: refused.error for refused in POLICY.refused}

    assert errors(numbers) == {str(number): error for number, error in numbers.items()}


def test_calls_with_other_arguments_than_the_allowed_have_their_error() -> None:
    numbers = {NUMBERS[call.name]: call.otherwise for call in POLICY.when if call.name in NUMBERS}

    assert errors(numbers) == {str(number): error for number, error in numbers.items()}


def test_every_allowed_call_does_what_it_does_without_a_filter() -> None:
    names = sorted((POLICY.allowed & NUMBERS.keys()) - NOT_RETURNING)

    def before_and_after() -> Json:
        powerless()
        before = {name: error_of(NUMBERS[name]) for name in names}
        up()
        after = {name: error_of(NUMBERS[name]) for name in names}
        return {name: [before[name], after[name]] for name in names}

    told = in_child(before_and_after)

    assert isinstance(told, dict), told
    assert len(told) > 80
    assert {name: pair for name, pair in told.items() if len(set(pair)) > 1} == {}  # type: ignore[arg-type] # a list


@pytest.mark.parametrize(
    ("name", "code"), [("exit", 7), ("exit_group", 7), ("rt_sigreturn", -signal.SIGSEGV)]
)
def test_a_process_may_end(name: str, code: int) -> None:
    def ended() -> None:
        powerless()
        up()
        error_of(NUMBERS[name], (7,))

    assert exit_code_of_child(ended) == code


@pytest.mark.parametrize("number", [0x4000_0000 + 39, 0x4000_0000 + 520, 0x8000_0000])
def test_another_abi_of_the_same_machine_kills(number: int) -> None:
    def called() -> None:
        powerless()
        up()
        os._exit(error_of(number))

    has_one = this_architecture().foreign_from is not None
    assert exit_code_of_child(called) == (-signal.SIGSYS if has_one else errno.ENOSYS)


def test_a_filter_that_the_kernel_does_not_take_is_an_error() -> None:
    def loaded() -> Json:
        NoNewPrivileges().apply()
        seccomp(b"\xff" * 8)
        return "loaded"

    assert in_child(loaded) == "OSError: [Errno 22] Invalid argument: 'seccomp'"


def status(name: str) -> str:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


def test_a_filter_needs_that_there_be_no_new_privileges() -> None:
    def loaded() -> Json:
        powerless()
        SyscallFilter(POLICY).apply()
        return "loaded"

    already = status("NoNewPrivs") == "1"  # some containers start so
    refused = "PermissionError: [Errno 13] Permission denied: 'seccomp'"
    assert in_child(loaded) == ("loaded" if already else refused)


def test_a_process_shows_that_it_is_filtered() -> None:
    assert under(lambda: status("Seccomp")) == "2"


def test_a_filter_is_prepared_ahead() -> None:
    compiled.cache_clear()
    SyscallFilter(POLICY).prepare()

    assert compiled.cache_info().currsize == 1


def test_threads_start_and_end() -> None:
    def worked() -> Json:
        done: list[int] = []
        threads = [threading.Thread(target=done.append, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(done)  # type: ignore[return-value] # numbers are Json

    assert under(worked) == list(range(20))


@pytest.mark.parametrize(
    "attempt",
    [
        os.fork,
        lambda: os.execv("/bin/true", ["true"]),
        lambda: subprocess.run(["/bin/true"], check=True),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: os.kill(os.getppid(), 0),
        lambda: os.kill(os.getpid(), 0),
        lambda: os.memfd_create("code"),
        lambda: Path("/tmp").chmod(0o777),
        lambda: os.link("/tmp", "/tmp/link"),
        lambda: resource.prlimit(0, resource.RLIMIT_CORE, (0, 0)),
        lambda: os.sched_setaffinity(0, {0}),
        lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    ],
)
def test_python_is_told_that_it_is_not_permitted(attempt: Callable[[], object]) -> None:
    said = under(lambda: str(attempt()))

    assert str(said).startswith("PermissionError: [Errno 1] Operation not permitted")


def test_a_shell_does_not_start() -> None:
    assert under(lambda: os.system("echo started > /dev/null")) not in {0, None}


def test_a_signal_reaches_its_own_process_only() -> None:
    tgkill = NUMBERS["tgkill"]

    def signalled() -> Json:
        parent = os.getppid()
        return [
            error_of(tgkill, (os.getpid(), threading.get_native_id(), 0)),
            error_of(tgkill, (parent, parent, 0)),
        ]

    assert under(signalled) == [0, errno.EPERM]


def test_an_abort_is_one() -> None:
    def aborted() -> None:
        powerless()
        up()
        os.abort()

    assert exit_code_of_child(aborted) == -signal.SIGABRT


def test_an_event_loop_runs() -> None:
    async def both() -> Json:
        return [*await asyncio.gather(asyncio.to_thread(int, "1"), asyncio.sleep(0.001, 2))]

    assert under(lambda: asyncio.run(both())) == [1, 2]


def test_a_database_locks_its_file(tmp_path: Path) -> None:
    def stored() -> Json:
        database = sqlite3.connect(tmp_path / "rows")
        database.execute("create table rows as select 5 as n")
        database.commit()
        return list(database.execute("select n from rows").fetchone())

    assert under(stored) == [5]


def sockets() -> Json:
    """Say which sockets can be had."""
    kinds: dict[str, tuple[int, int, int]] = {
        "stream": (socket.AF_INET, socket.SOCK_STREAM, 0),
        "stream 6": (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP),
        "datagram": (socket.AF_INET, socket.SOCK_DGRAM, 0),
        "unix": (socket.AF_UNIX, socket.SOCK_STREAM, 0),
        "netlink": (socket.AF_NETLINK, socket.SOCK_RAW, 0),
        "mptcp": (socket.AF_INET, socket.SOCK_STREAM, 262),
    }
    told: dict[str, Json] = {}
    for name, kind in kinds.items():
        try:
            socket.socket(*kind).close()
            told[name] = "had"
        except OSError as error:
            told[name] = errno.errorcode[error.errno or 0]
    return told


@pytest.mark.parametrize(
    ("network", "had"),
    [
        (Network.NONE, set()),
        (Network.PROXY, {"stream", "stream 6"}),
    ],
)
def test_a_network_says_which_sockets_there_are(network: Network, had: set[str]) -> None:
    told = under(sockets, policy_for(network))

    assert isinstance(told, dict), told
    assert {kind for kind, said in told.items() if said == "had"} == had
    assert {said for said in told.values() if said != "had"} == {"EACCES"}


@pytest.mark.parametrize("network", Network)
def test_a_pair_of_sockets_talks_among_itself(network: Network) -> None:
    def talked() -> Json:
        ours, theirs = socket.socketpair()
        ours.sendall(b"words")
        return theirs.recv(9).decode()

    assert under(talked, policy_for(network)) == "words"


def test_a_stream_is_connected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talked() -> Json:
            with socket.create_connection(server.getsockname(), timeout=5) as stream:
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                stream.sendall(b"words")
                return bool(stream.getpeername() == server.getsockname())

        assert under(talked, policy_for(Network.PROXY)) is True
        connection, _ = server.accept()
        with connection:
            assert connection.recv(9) == b"words"


def test_nothing_is_served() -> None:
    def served() -> Json:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            return "bound"

    assert str(under(served, policy_for(Network.PROXY))).startswith("PermissionError: [Errno 1]")
