"""A policy means the same assembled as read: for every number, and for policies at random."""

import errno
import os
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.runtime.jail.seccomp import Network, Policy, policy_for
from processor.runtime.jail.seccomp.architecture import ARCHITECTURES, Architecture
from processor.runtime.jail.seccomp.bpf import LONGEST
from processor.runtime.jail.seccomp.policy import (
    INT,
    LONG,
    Condition,
    Masked,
    OwnProcess,
    Refused,
    When,
    equal,
    lacks,
)
from processor.runtime.jail.seccomp.program import ALLOW, ERROR, KILL, KNOWN, compiled

from .test_seccomp_emulator import emulated, walked

X86_64, AARCH64 = ARCHITECTURES
OWN = 4711
POLICIES = [policy_for(network, exec_memory=code) for network in Network for code in (False, True)]
MACHINES = pytest.mark.parametrize("machine", ARCHITECTURES, ids=lambda machine: machine.name)
EACH = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.title)


def meant(policy: Policy, machine: Architecture, number: int, arguments: Sequence[int]) -> int:
    """Read a policy, without any program."""
    if machine.foreign_from is not None and number >= machine.foreign_from:
        return KILL
    if number > max(machine.numbers.values()):
        return ERROR | policy.unknown
    name = next((name for name, known in machine.numbers.items() if known == number), None)
    if name in policy.killed:
        return KILL
    allowed = name in policy.allowed
    error = policy.default
    for refused in policy.refused:
        if refused.name == name:
            error = refused.error
    for call in policy.when:
        if call.name == name:
            allowed = any(all(holds(c, arguments) for c in cs) for cs in call.alternatives)
            error = call.otherwise
    return ALLOW if allowed else ERROR | error


def holds(condition: Condition, arguments: Sequence[int]) -> bool:
    argument = arguments[condition.argument]
    match condition:
        case OwnProcess():
            return argument & INT == OWN
        case Masked(_, mask, values):
            return argument & mask in values


def done(policy: Policy, machine: Architecture, number: int, arguments: Sequence[int] = ()) -> int:
    """Run the policy's program."""
    code = compiled(policy, machine).of(OWN)
    return emulated(code, machine.audit, number, arguments)


def called(policy: Policy, name: str, *arguments: int, machine: Architecture = X86_64) -> int:
    return done(policy, machine, machine.numbers[name], arguments)


@MACHINES
@EACH
def test_every_number_has_the_action_that_the_policy_says(
    policy: Policy, machine: Architecture
) -> None:
    numbers = range(600)

    for arguments in ([0] * 6, [LONG] * 6, [OWN, 1, 0, 0, 0, 0]):
        assert [done(policy, machine, n, arguments) for n in numbers] == [
            meant(policy, machine, n, arguments) for n in numbers
        ]


@pytest.mark.parametrize(("machine", "elf"), [(X86_64, 62), (AARCH64, 183)])
def test_a_machine_is_called_what_the_kernel_calls_it(machine: Architecture, elf: int) -> None:
    little_endian, of_64_bits = 0x4000_0000, 0x8000_0000

    assert machine.audit == elf | little_endian | of_64_bits  # see linux/audit.h


@MACHINES
@EACH
def test_a_call_of_another_machine_kills(policy: Policy, machine: Architecture) -> None:
    code = compiled(policy, machine).of(OWN)
    i386, other = 0x4000_0003, next(m.audit for m in ARCHITECTURES if m != machine)

    for audit in (i386, other, 0, INT):
        assert {emulated(code, audit, number) for number in range(500)} == {KILL}


@EACH
def test_the_numbers_of_x32_kill(policy: Policy) -> None:
    x32 = 0x4000_0000

    assert {done(policy, X86_64, x32 + number) for number in range(600)} == {KILL}
    assert {done(policy, X86_64, number) for number in (0x8000_0000, 0xFFFF_FFFF, -1)} == {KILL}


@EACH
@MACHINES
def test_a_number_beyond_the_table_is_as_on_an_older_kernel(
    policy: Policy, machine: Architecture
) -> None:
    newer = (451, 500, 1000, 0x3FFF_FFFF)

    assert {done(policy, machine, number) for number in newer} == {ERROR | errno.ENOSYS}


@MACHINES
def test_a_number_that_a_machine_leaves_out_is_refused(machine: Architecture) -> None:
    left_out = set(range(450)) - set(machine.numbers.values())

    assert len(left_out) > 80
    assert {done(POLICIES[0], machine, n) for n in left_out} == {ERROR | errno.EPERM}


@EACH
def test_there_is_room_for_more(policy: Policy) -> None:
    assert all(len(compiled(policy, machine)) < LONGEST / 10 for machine in ARCHITECTURES)


@EACH
@MACHINES
def test_a_number_is_found_in_a_few_steps(policy: Policy, machine: Architecture) -> None:
    code = compiled(policy, machine).of(OWN)
    conditional = {machine.numbers[c.name] for c in policy.when if c.name in machine.numbers}
    steps = {n: walked(code, machine.audit, n)[1] for n in range(600) if n not in conditional}

    assert max(steps.values()) <= 16


def test_a_program_is_assembled_once() -> None:
    assert compiled(policy_for(Network.NONE), X86_64) is compiled(policy_for(Network.NONE), X86_64)


def test_a_call_that_no_machine_has_is_a_mistake() -> None:
    policy = Policy(title="", allowed=frozenset({"read", "raed"}))

    with pytest.raises(ValueError, match="no such system calls: raed"):
        compiled(policy, X86_64)


def test_a_call_in_two_places_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="in two places: kill, read"):
        Policy(
            title="",
            allowed=frozenset({"read", "kill", "write"}),
            killed=frozenset({"kill"}),
            refused=(Refused("read", errno.ENOSYS),),
        )


@pytest.mark.parametrize(
    ("condition", "arguments", "holding"),
    [
        (equal(0, 5), {0: 5}, True),
        (equal(0, 5), {0: 6}, False),
        (equal(0, 5), {0: 0x9999_0000_0005}, True),  # an int: the rest can be anything
        (equal(0, 5, mask=LONG), {0: 0x9999_0000_0005}, False),
        (equal(0, 0x9999_0000_0005, mask=LONG), {0: 0x9999_0000_0005}, True),
        (equal(5, 7, 8, 9), {5: 8}, True),
        (equal(5, 7, 8, 9), {5: 10}, False),
        (equal(1, 1, mask=0xF), {1: 0x8_0801}, True),
        (equal(1, 1, mask=0xF), {1: 0x8_0802}, False),
        (lacks(2, 4), {2: 3}, True),
        (lacks(2, 4), {2: 7}, False),
        (lacks(2, 4 << 32), {2: 7}, True),
        (lacks(2, 4 << 32), {2: 4 << 32}, False),
        (equal(3, 1, 1 << 32, mask=LONG), {3: 1 << 32}, True),
        (equal(3, 1, 1 << 32, mask=LONG), {3: 1 << 32 | 1}, False),
        (OwnProcess(0), {0: OWN}, True),
        (OwnProcess(0), {0: -OWN}, False),
        (OwnProcess(0), {0: 0}, False),
    ],
)
def test_a_condition_holds(condition: Condition, arguments: dict[int, int], holding: bool) -> None:
    policy = Policy(title="", when=(When("read", ((condition,),), errno.EBADF),))
    given = [arguments.get(place, 0) for place in range(6)]

    assert called(policy, "read", *given) == (ALLOW if holding else ERROR | errno.EBADF)


MASKS = st.sampled_from([INT, LONG, 0xF, 4, 1 << 40, 0xFF00_0000_00FF, LONG ^ INT])
WORDS = st.sampled_from([0, 1, 4, 5, 15, INT, LONG, 1 << 32, 1 << 40, OWN]) | st.integers(0, LONG)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    argument = draw(st.integers(0, 5))
    if draw(st.integers(0, 9)) == 0:
        return OwnProcess(argument)
    mask = draw(MASKS)
    values = draw(st.lists(WORDS, min_size=1, max_size=5))
    within = draw(st.booleans())  # a value with bits beyond the mask never holds
    return Masked(argument, mask, tuple(v & mask if within else v for v in values))


ALTERNATIVES = st.lists(st.lists(conditions(), max_size=4).map(tuple), max_size=4).map(tuple)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    names = draw(st.lists(st.sampled_from(sorted(KNOWN)), unique=True, max_size=120))
    parts = [draw(st.integers(0, len(names))) for _ in range(3)]
    first, second, third = sorted(parts)
    errors = st.integers(1, 133)
    return Policy(
        title="",
        allowed=frozenset(names[:first]),
        killed=frozenset(names[first:second]),
        refused=tuple(Refused(name, draw(errors)) for name in names[second:third]),
        when=tuple(When(n, draw(ALTERNATIVES), draw(errors)) for n in names[third:][:40]),
        default=draw(errors),
        unknown=draw(errors),
    )


@given(policies(), st.sampled_from(ARCHITECTURES), st.data())
def test_a_program_does_what_its_policy_means(
    policy: Policy, machine: Architecture, data: st.DataObject
) -> None:
    named = [machine.numbers[name] for name in policy.names() if name in machine.numbers]
    numbers = st.integers(0, 500) | st.integers(0, INT)
    if named:
        numbers |= st.sampled_from(named)

    for number in data.draw(st.lists(numbers, min_size=5, max_size=20)):
        arguments = data.draw(st.lists(WORDS, min_size=6, max_size=6))
        assert done(policy, machine, number, arguments) == meant(policy, machine, number, arguments)


NO, DENIED = ERROR | errno.EPERM, ERROR | errno.EACCES
INET, INET6, UNIX, NETLINK, PACKET = 2, 10, 1, 16, 17
STREAM, DATAGRAM, RAW, SEQUENCED = 1, 2, 3, 5
FLAGS = os.O_CLOEXEC | os.O_NONBLOCK


@pytest.mark.parametrize(
    ("call", "arguments", "action"),
    [
        ("clone", (0x3D0F00,), ALLOW),
        ("clone", (0x7D0F00,), ALLOW),
        ("clone", (17,), NO),  # a process
        ("clone", (0x3D0F00 | 17,), NO),
        ("clone", (0x3D0F00 | 0x1000_0000,), NO),  # in a user namespace
        ("clone", (0x0100,), NO),
        ("clone3", (0, 0), ERROR | errno.ENOSYS),
        ("fork", (), NO),
        ("vfork", (), NO),
        ("execve", (), NO),
        ("mmap", (0, 4096, 3, 0x22), ALLOW),
        ("mmap", (0, 4096, 5, 0x2, 3), ALLOW),  # a library
        ("mmap", (0, 4096, 4, 0x22), NO),
        ("mmap", (0, 4096, 5, 0x22), NO),
        ("mmap", (0, 4096, 7, 0x2, 3), NO),
        ("mmap", (0, 4096, 7, 0x22), NO),
        ("mprotect", (0, 4096, 3), ALLOW),
        ("mprotect", (0, 4096, 5), NO),
        ("mprotect", (0, 4096, 4), NO),
        ("pkey_mprotect", (0, 4096, 3), NO),
        ("prctl", (15, 0), ALLOW),
        ("prctl", (0x53564D41, 0), ALLOW),
        ("prctl", (22, 2), NO),  # another filter
        ("prctl", (4, 1), NO),
        ("arch_prctl", (0x1002,), ALLOW),
        ("arch_prctl", (0x1001,), NO),
        ("tgkill", (OWN, 4712, 6), ALLOW),
        ("tgkill", (OWN + 1, 4712, 6), NO),
        ("tgkill", (1, 1, 9), NO),
        ("tkill", (OWN, 9), NO),
        ("kill", (OWN, 9), NO),
        ("prlimit64", (0, 7, 0, 1 << 40), ALLOW),
        ("prlimit64", (0, 7, 1 << 40, 0), NO),
        ("prlimit64", (0, 7, 1, 0), NO),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0xFFFF_FFFF_0000_5401), ALLOW),
        ("ioctl", (0, 0x5412), ERROR | errno.ENOTTY),  # TIOCSTI
        ("ioctl", (0, 0x541C), ERROR | errno.ENOTTY),  # TIOCLINUX
        ("fcntl", (0, 1030), ALLOW),
        ("fcntl", (0, 37), ALLOW),
        ("fcntl", (0, 8), NO),  # F_SETOWN
        ("fcntl", (0, 1026), NO),  # F_NOTIFY
        ("fcntl", (0, 1031), NO),  # F_SETPIPE_SZ
        ("sendto", (3, 1, 1, 0, 0, 0), ALLOW),
        ("sendto", (3, 1, 1, 0x4000, 0, 0), ALLOW),
        ("sendto", (3, 1, 1, 0x2000_0000, 0, 0), NO),  # TCP fast open: connects
        ("sendto", (3, 1, 1, 0, 1 << 40, 16), NO),
        ("sendto", (3, 1, 1, 0, 1, 16), NO),
        ("socketpair", (UNIX, STREAM), ALLOW),
        ("socketpair", (UNIX, STREAM | FLAGS), ALLOW),
        ("socketpair", (UNIX, DATAGRAM), ERROR | errno.EAFNOSUPPORT),
        ("socketpair", (UNIX, SEQUENCED), ERROR | errno.EAFNOSUPPORT),
        ("socketpair", (INET, STREAM), ERROR | errno.EAFNOSUPPORT),
        ("bind", (), NO),
        ("listen", (), NO),
        ("accept4", (), NO),
        ("sendmsg", (), NO),
        ("recvmsg", (), NO),
        ("memfd_create", (), NO),
        ("io_uring_setup", (), KILL),
        ("unshare", (), KILL),
        ("seccomp", (), KILL),
    ],
)
@pytest.mark.parametrize("network", Network)
def test_a_call_is_allowed_by_its_arguments(
    network: Network, call: str, arguments: tuple[int, ...], action: int
) -> None:
    assert called(policy_for(network), call, *arguments) == action


NEVER = (
    *("fork", "vfork", "execve", "execveat", "wait4", "waitid", "kill", "tkill", "rt_sigqueueinfo"),
    *("rt_tgsigqueueinfo", "pidfd_open", "pidfd_send_signal", "setsid", "setpriority", "setuid"),
    *("setresuid", "setgroups", "capset", "sched_setaffinity", "sched_setscheduler", "mbind"),
    *("memfd_create", "remap_file_pages", "pkey_mprotect", "mlockall", "shmget", "shmat"),
    *("semget", "msgget", "mq_open", "bind", "listen", "accept", "accept4", "sendmsg", "recvmsg"),
    *("recvmmsg", "chmod", "fchmod", "fchmodat", "chown", "fchownat", "utimensat", "setxattr"),
    *("flock", "link", "linkat", "mknod", "mknodat", "fallocate", "inotify_init1"),
    *("fanotify_init", "timer_create", "timerfd_create", "signalfd4", "splice", "vmsplice", "tee"),
    *("io_submit", "modify_ldt", "setrlimit", "sethostname", "settimeofday", "clock_settime"),
    *("acct", "quotactl", "swapoff", "sync", "vhangup", "landlock_restrict_self"),
)


@EACH
@MACHINES
def test_some_calls_are_refused_always(policy: Policy, machine: Architecture) -> None:
    there = [call for call in NEVER if call in machine.numbers]

    assert {call: called(policy, call, machine=machine) for call in there} == dict.fromkeys(
        there, NO
    )


def test_memory_becomes_code_where_an_environment_may() -> None:
    policy = policy_for(Network.NONE, exec_memory=True)

    assert called(policy, "mmap", 0, 4096, 7, 0x22) == ALLOW
    assert called(policy, "mprotect", 0, 4096, 5) == ALLOW
    assert called(policy, "pkey_mprotect", 0, 4096, 5) == NO


NONE, PROXY = Network.NONE, Network.PROXY


@pytest.mark.parametrize(
    ("arguments", "networks"),
    [
        ((INET, STREAM, 0), {PROXY}),
        ((INET6, STREAM, 6), {PROXY}),
        ((INET, STREAM | FLAGS, 6), {PROXY}),
        ((INET, STREAM, 262), set()),  # MPTCP
        ((INET, STREAM, 132), set()),  # SCTP
        ((INET, DATAGRAM, 0), set()),
        ((INET6, DATAGRAM | FLAGS, 0), set()),
        ((INET, DATAGRAM, 1), set()),  # ICMP
        ((INET, DATAGRAM, 136), set()),  # UDP-Lite
        ((INET, RAW, 255), set()),
        ((INET, SEQUENCED, 132), set()),
        ((UNIX, STREAM, 0), set()),
        ((UNIX, DATAGRAM, 0), set()),
        ((NETLINK, RAW, 0), set()),
        ((PACKET, RAW, 0), set()),
        ((38, SEQUENCED, 0), set()),  # AF_ALG
        ((40, STREAM, 0), set()),  # AF_VSOCK
    ],
)
@pytest.mark.parametrize("network", Network)
def test_a_socket_is_what_the_network_asks_for(
    network: Network, arguments: tuple[int, ...], networks: set[Network]
) -> None:
    expected = ALLOW if network in networks else DENIED

    assert called(policy_for(network), "socket", *arguments) == expected


@pytest.mark.parametrize(
    ("call", "networks"), [("connect", {PROXY}), ("sendmmsg", set()), ("recvmmsg", set())]
)
@pytest.mark.parametrize("network", Network)
def test_a_network_brings_its_calls(network: Network, call: str, networks: set[Network]) -> None:
    assert called(policy_for(network), call) == (ALLOW if network in networks else NO)


@pytest.mark.parametrize(
    ("level", "option", "networks"),
    [
        (1, 9, {PROXY}),  # SO_KEEPALIVE
        (6, 1, {PROXY}),  # TCP_NODELAY
        (0, 11, set()),  # IP_RECVERR
        (41, 25, set()),  # IPV6_RECVERR
        (1, 26, set()),  # SO_ATTACH_FILTER
        (1, 50, set()),  # SO_ATTACH_BPF
        (6, 31, set()),  # TCP_ULP
        (6, 9, set()),  # an option of another level
        (0, 64, set()),  # IPT_SO_SET_REPLACE
    ],
)
@pytest.mark.parametrize("network", Network)
def test_a_socket_takes_few_options(
    network: Network, level: int, option: int, networks: set[Network]
) -> None:
    refused = NO if network is NONE else ERROR | errno.ENOPROTOOPT

    assert called(policy_for(network), "setsockopt", 3, level, option) == (
        ALLOW if network in networks else refused
    )


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.title)
def test_both_machines_agree_on_what_they_share(policy: Policy) -> None:
    shared = X86_64.numbers.keys() & AARCH64.numbers.keys()

    assert {n: called(policy, n) for n in shared} == {
        n: called(policy, n, machine=AARCH64) for n in shared
    }
