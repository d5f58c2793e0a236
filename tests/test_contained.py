"""The container that the tests simulate is an engine's own: its filter, and what it sees."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from processor.runtime.jail.seccomp.architecture import ARCHITECTURES, Architecture
from processor.runtime.jail.seccomp.program import ALLOW, ERROR
from tests.contained import DEFAULTS, filter_of_a_container
from tests.runtime.jail.jails import unable
from tests.runtime.jail.test_seccomp_emulator import emulated

EPERM, ENOSYS = ERROR | errno.EPERM, ERROR | errno.ENOSYS
DEFAULT_CAPABILITIES = "00000000a80425fb"
"""Docker's, as /proc shows them of root in any of its containers."""
THREAD, PROCESS, NEW_USER = 0x3D_0F00, 0x0120_0011, 0x1000_0011
MACHINES = pytest.mark.parametrize("machine", ARCHITECTURES, ids=lambda machine: machine.name)

SAYS = """
import json, os
def reason(function):
    try:
        return function() or "done"
    except OSError as error:
        return error.strerror
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
print(json.dumps({
    "process": os.getpid(),
    "bounding": status["CapBnd"].strip(),
    "effective": status["CapEff"].strip(),
    "privileges": status["NoNewPrivs"].strip(),
    "groups": reason(lambda: os.mkdir("/sys/fs/cgroup/canary")),
    "settings": reason(lambda: open("/proc/sys/kernel/hostname", "w").close()),
    "keys": reason(lambda: open("/proc/keys").read()),
    "fork": reason(lambda: os.waitpid(os.fork() or os._exit(0), 0)[1]),
}))
"""


@MACHINES
@pytest.mark.parametrize(
    ("call", "arguments", "said"),
    [
        ("read", (), ALLOW),
        ("execve", (), ALLOW),
        ("ptrace", (), ALLOW),
        ("seccomp", (), ALLOW),
        ("landlock_restrict_self", (), ALLOW),
        ("chroot", (), ALLOW),
        ("mount", (), EPERM),
        ("unshare", (), EPERM),
        ("setns", (), EPERM),
        ("bpf", (), EPERM),
        ("io_uring_setup", (), EPERM),
        ("userfaultfd", (), EPERM),
        ("open_by_handle_at", (), EPERM),
        ("clone3", (), ENOSYS),
        ("clone", (THREAD,), ALLOW),
        ("clone", (PROCESS,), ALLOW),
        ("clone", (NEW_USER,), EPERM),
        ("socket", (2, 1, 0), ALLOW),
        ("socket", (40, 1, 0), EPERM),
        ("personality", (0,), ALLOW),
        ("personality", (0xFFFF_FFFF,), ALLOW),
        ("personality", (4,), EPERM),
    ],
)
def test_what_becomes_of_a_call_in_a_container(
    machine: Architecture, call: str, arguments: tuple[int, ...], said: int
) -> None:
    code = filter_of_a_container(machine)

    assert emulated(code, machine.audit, machine.numbers[call], arguments) == said


@MACHINES
def test_what_is_newer_than_the_list_is_unknown_there(machine: Architecture) -> None:
    code = filter_of_a_container(machine)
    newest = max(DEFAULTS["newer"].values())

    assert emulated(code, machine.audit, newest) == ALLOW
    assert emulated(code, machine.audit, newest + 1) == ENOSYS


def test_an_older_abi_of_the_machine_is_left_to_the_filters_inside() -> None:
    machine = ARCHITECTURES[0]
    code = filter_of_a_container(machine)

    assert emulated(code, 0x4000_0003, 26) == ALLOW
    assert emulated(code, machine.audit, 0x4000_0000) == ALLOW


def seen_by(users: str) -> dict[str, object]:
    if os.getuid() != 0:
        unable("the tests do not run as root")
    launcher = str(Path(__file__).with_name("contained.py"))
    done = subprocess.run(
        [sys.executable, launcher, users, "contained", "/usr/bin/env", "python3", "-c", SAYS],
        capture_output=True,
        check=True,
        timeout=30,
        cwd="/",
        env={"PATH": os.defpath},
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("users", "effective"), [("root", DEFAULT_CAPABILITIES), ("ordinary", "0000000000000000")]
)
def test_a_container_has_the_capabilities_of_an_engines_and_a_view_of_its_own(
    users: str, effective: str
) -> None:
    assert seen_by(users) == {
        "process": 1,
        "bounding": DEFAULT_CAPABILITIES,
        "effective": effective,
        "privileges": "0",
        "groups": "Read-only file system",
        "settings": "Read-only file system",
        "keys": "done",
        "fork": "done",
    }
