"""
Run a command as an engine of containers would by default: Docker's filter, view and capabilities.

The filter is the engine's own allowlist (`cases/container.json`), with EPERM for all else and
ENOSYS for what is newer than it. The view is namespaces without a user namespace, a /proc and /sys
with nothing to write to, and of root's capabilities those that an engine leaves. A user is one from
the start: the filter goes up before, and says nothing of new privileges.

Not part of it: an image (the command sees the machine's files) and a security module's profile.
"""

import errno
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from processor.runtime.jail.namespaces import bring_loopback_up
from processor.runtime.jail.seccomp.architecture import Architecture, this_architecture
from processor.runtime.jail.seccomp.bpf import Ask, Jump, Label, Load, Return, Statement, assemble
from processor.runtime.jail.seccomp.program import ALLOW, ARGUMENTS, ERROR, KNOWN, MACHINE, NUMBER
from processor.runtime.jail.syscalls import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    MOUNT_ATTR_RDONLY,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    mount,
    mount_setattr,
    prctl,
    seccomp,
    unshare,
)

DEFAULTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "cases" / "container.json").read_text()
)
NEW_NAMESPACES = 0x7E02_0000
"""Any of the flags by which clone makes one."""
AF_VSOCK = 40
CAPABILITIES = 41
QUIET = MS_NOSUID | MS_NODEV | MS_NOEXEC
ORDINARY = 65_534
LENT = "0 0 1\n1 100000 65536"
"""Who there is in a container without root: its user, and as many as are usually lent to it."""


def filter_of_a_container(machine: Architecture) -> bytes:
    """Give the instructions; a name in the list that no machine has raises ValueError."""
    return assemble(list(_statements(machine))).code


def _statements(machine: Architecture) -> Iterator[Statement]:
    newest = max(DEFAULTS["newer"].values())
    yield Load(MACHINE)
    yield Jump(Ask.EQUAL, machine.audit, otherwise="allowed")  # its other ABIs have lists like ours
    yield Load(NUMBER)
    yield Jump(Ask.EQUAL, machine.numbers["clone3"], then="unknown")
    yield Jump(Ask.EQUAL, machine.numbers["clone"], then="clone")
    yield Jump(Ask.EQUAL, machine.numbers["socket"], then="socket")
    yield Jump(Ask.EQUAL, machine.numbers["personality"], then="personality")
    for number in sorted(_allowed(machine)):
        yield Jump(Ask.EQUAL, number, then="allowed")
    if machine.foreign_from is not None:
        yield Jump(Ask.AT_LEAST, machine.foreign_from, then="allowed")
    yield Jump(Ask.AT_LEAST, newest + 1, then="unknown", otherwise="denied")
    yield Label("clone")
    yield Load(ARGUMENTS)
    yield Jump(Ask.ANY_BIT, NEW_NAMESPACES, then="denied", otherwise="allowed")
    yield Label("socket")
    yield Load(ARGUMENTS)
    yield Jump(Ask.EQUAL, AF_VSOCK, then="denied", otherwise="allowed")
    yield Label("personality")
    yield Load(ARGUMENTS)
    for each in DEFAULTS["personalities"]:
        yield Jump(Ask.EQUAL, each, then="allowed")
    for label, action in (("denied", ERROR | errno.EPERM), ("unknown", ERROR | errno.ENOSYS)):
        yield Label(label)
        yield Return(action)
    yield Label("allowed")
    yield Return(ALLOW)


def _allowed(machine: Architecture) -> Iterator[int]:
    """Give the numbers that are allowed whatever their arguments, on this machine."""
    newer: dict[str, int] = DEFAULTS["newer"]
    for name in " ".join(DEFAULTS["allowed"]).split():
        if name not in KNOWN | newer.keys():
            raise ValueError(f"no such system call: {name}")
        number = machine.numbers.get(name, newer.get(name))
        if number is not None:
            yield number


def contain() -> None:
    """Take from the calling process, and what it executes, what a container has not."""
    if os.geteuid() != 0:
        prctl(PR_SET_NO_NEW_PRIVS, 1)  # else it may load no filter
        seccomp(filter_of_a_container(this_architecture()))
        return
    _go_inside()
    seccomp(filter_of_a_container(this_architecture()))
    for capability in range(CAPABILITIES):
        if capability not in DEFAULTS["capabilities"].values():
            prctl(PR_CAPBSET_DROP, capability)


def _go_inside() -> None:
    """Go on as process 1 of namespaces whose /proc and /sys are an engine's."""
    unshare(
        CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP
    )
    process = os.fork()
    if process != 0:
        _, status = os.waitpid(process, 0)
        code = os.waitstatus_to_exitcode(status)
        os._exit(code if code >= 0 else 128 - code)
    bring_loopback_up()
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc", QUIET)
    mount_setattr("/sys", MOUNT_ATTR_RDONLY, recursive=True)
    for name in DEFAULTS["read_only"]:
        if Path(name).exists():
            mount(name, name, "", MS_BIND | MS_REC)
            mount_setattr(name, MOUNT_ATTR_RDONLY, recursive=True)
    for name in DEFAULTS["masked"]:
        if Path(name).is_dir():
            mount("tmpfs", name, "tmpfs", QUIET)
            mount_setattr(name, MOUNT_ATTR_RDONLY, recursive=False)
        elif Path(name).exists():
            mount("/dev/null", name, "", MS_BIND)


def become_rootless() -> None:
    """Go on as root of a user namespace that has few others, as in a container without root."""
    caller, (told, go_on) = os.getpid(), os.pipe()
    helper = os.fork()
    if helper == 0:
        os.read(told, 1)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{caller}/{name}").write_text(LENT)
        os._exit(0)
    unshare(CLONE_NEWUSER)
    os.write(go_on, b".")
    os.waitpid(helper, 0)


def become_ordinary() -> None:
    os.setgroups([])
    os.setresgid(ORDINARY, ORDINARY, ORDINARY)
    os.setresuid(ORDINARY, ORDINARY, ORDINARY)


if __name__ == "__main__":
    users, namespaces, *command = sys.argv[1:]
    if users == "rootless":
        become_rootless()
    if namespaces == "contained":
        contain()
    if users == "ordinary" and os.geteuid() == 0:
        become_ordinary()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execv(command[0], command)
