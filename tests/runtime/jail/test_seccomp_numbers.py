"""The table of numbers: as the headers have it, and as this machine's C library calls."""

import ctypes
import errno
import hashlib
import os
import runpy
from collections.abc import Mapping
from pathlib import Path

import pytest

from processor.runtime.jail.process import NoNewPrivileges
from processor.runtime.jail.seccomp.architecture import ARCHITECTURES, this_architecture
from processor.runtime.jail.seccomp.bpf import Ask, Jump, Label, Load, Return, assemble
from processor.runtime.jail.seccomp.numbers import AARCH64, X86_64
from processor.runtime.jail.seccomp.program import ALLOW, ERROR, NUMBER
from processor.runtime.jail.syscalls import seccomp
from processor.values import Json

from .forks import in_child

SCRIPT = runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "write_syscalls.py"))

DIGESTS = {
    "X86_64": "559a401fd6268ddb",
    "AARCH64": "77bcb198035ee9ce",
}
"""Of the tables that `scripts/write_syscalls.py` wrote: for machines without the headers."""

TABLES = {"X86_64": X86_64, "AARCH64": AARCH64}

LIBC = (
    *("access", "acct", "bind", "chdir", "chmod", "chown", "chroot", "connect", "dup", "fchdir"),
    *("fchmod", "fchown", "fdatasync", "fsync", "ftruncate", "getitimer", "getpeername"),
    *("getresuid", "getrusage", "getsockname", "kill", "listen", "listxattr", "madvise", "mkdir"),
    *("mount", "munlock", "pivot_root", "ptrace", "quotactl", "readlink", "reboot", "rmdir"),
    *("sched_getscheduler", "sched_yield", "setns", "setpriority", "shutdown", "socket"),
    *("socketpair", "swapoff", "swapon", "symlink", "sync_file_range", "sysinfo", "truncate"),
    *("umount2", "uname", "unlink", "unshare"),
)
"""Calls that libc has a function for, of the same name and with nothing around it."""

ELSEWHERE = {
    "aarch64": {
        "access": "faccessat",
        "chmod": "fchmodat",
        "chown": "fchownat",
        "mkdir": "mkdirat",
        "readlink": "readlinkat",
        "rmdir": "unlinkat",
        "symlink": "symlinkat",
        "unlink": "unlinkat",
    },
    "x86_64": {},
}
"""Which call such a function makes where the machine does not have it."""


def digest(numbers: Mapping[str, int]) -> str:
    text = "\n".join(f"{number} {name}" for name, number in numbers.items())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", ["X86_64", "AARCH64"])
def test_a_table_is_as_it_was_written(name: str) -> None:
    assert digest(TABLES[name]) == DIGESTS[name]


@pytest.mark.parametrize("name", ["X86_64", "AARCH64"])
def test_a_table_is_as_the_headers_have_it(name: str) -> None:
    header: Path = SCRIPT["HEADERS"][name]
    newest = max(TABLES[name].values())
    if header.exists():  # elsewhere the digest has to do, and what libc calls
        found = SCRIPT["numbers_in"](header.read_text("ascii"))
        # a newer header goes on where the table ends
        assert {call: n for call, n in found.items() if n <= newest} == TABLES[name]


@pytest.mark.parametrize("numbers", [X86_64, AARCH64])
def test_a_table_is_sorted_and_no_number_is_given_twice(numbers: Mapping[str, int]) -> None:
    assert list(numbers.values()) == sorted(set(numbers.values()))


def test_a_condition_of_a_new_form_in_a_header_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="of a new form: KERNEL_VERSION > 7"):
        SCRIPT["numbers_in"]("#if KERNEL_VERSION > 7\n#endif")


def test_the_numbers_are_those_that_the_c_library_of_this_machine_uses() -> None:
    """A filter that answers each call with its own number tells which calls were made."""
    machine = this_architecture()
    names = {name: ELSEWHERE[machine.name].get(name, name) for name in LIBC}
    wanted = {name: machine.numbers[call] for name, call in names.items()}

    def answered() -> Json:
        libc = ctypes.CDLL(None, use_errno=True)
        functions = {name: getattr(libc, name) for name in wanted}
        NoNewPrivileges().apply()
        seccomp(echo(set(wanted.values())))
        told: dict[str, Json] = {}
        for name, function in functions.items():
            ctypes.set_errno(0)
            told[name] = [function(0, b"", b"", 0, 0, 0), ctypes.get_errno()]
        return told

    assert in_child(answered) == {name: [-1, number] for name, number in wanted.items()}


def echo(numbers: set[int]) -> bytes:
    """Assemble a filter that answers some calls with their numbers as errors."""
    return assemble(
        [
            Load(NUMBER),
            *(Jump(Ask.EQUAL, number, then=str(number)) for number in sorted(numbers)),
            Return(ALLOW),
            *(each for n in numbers for each in (Label(str(n)), Return(ERROR | n))),
        ]
    ).code


def test_every_machine_has_calls_of_its_own() -> None:
    assert [machine.numbers["read"] for machine in ARCHITECTURES] == [0, 63]


def test_a_machine_without_a_table_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.uname()
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((*real[:4], "riscv64")))

    with pytest.raises(OSError, match="no table of system calls for riscv64") as caught:
        this_architecture()
    assert caught.value.errno == errno.ENOSYS
