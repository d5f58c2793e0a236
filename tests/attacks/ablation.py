"""One wall taken away at a time: what is tried from inside, and which other wall still stops it."""

import ctypes
import errno
import os
import resource
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from processor.runtime.jail import Restriction, Site, Terms, lock_in, settled, site, walls
from processor.runtime.jail.layout import FACTS, LIBRARIES
from processor.runtime.jail.probe import Machine, probe
from processor.runtime.jail.seccomp.architecture import this_architecture
from processor.runtime.jail.syscalls import CLONE_NEWNS, CLONE_NEWUSER
from tests.runtime.jail.forks import in_child

NAMESPACES: Final = frozenset(
    {"OwnNamespaces", "KilledFirst", "OwnTmp", "NoMoreNamespaces", "NoBoundingCapabilities"}
)
"""A mount of its own, the freeze, and what goes by a change of user need them."""
FILTER: Final = "SyscallFilter"
LANDLOCK: Final = "Listed"
ROOT: Final = "a root"
WITHOUT: Final[Mapping[str, frozenset[str]]] = {
    "all walls": frozenset(),
    "no filter": frozenset({FILTER}),
    "no Landlock": frozenset({LANDLOCK}),
    "no own namespaces": NAMESPACES,
    "no namespaces, no root": frozenset({ROOT}),
    "none of these": frozenset({ROOT, FILTER, LANDLOCK}),
}
"""By what is left out, the walls that go with it; nothing of a root is left without namespaces."""
SMALLER: Final = (
    *("OwnSession", "SilentStreams", "OwnUser", "DieWithParent", "OwnTmp", "NoMoreNamespaces"),
    "KilledFirst",
    *("Limited", "NoBoundingCapabilities", "NoCapabilities", "NotDumpable", "NoNewCode"),
    "CloseDescriptors",
)
"""The other walls, each of which is taken away alone; without NoNewPrivileges no filter goes up."""
THROUGH: Final = "got through"
TERMS: Final = Terms(
    memory_bytes=64 << 20, cpu_seconds=10, open_files=32, tmp_bytes=1 << 20, threads=8, user=7
)
SPARE_FILES: Final = 32
"""Above those that the forked tests have open, which a zygote has not."""
NUMBERS: Final = this_architecture().numbers
READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS = 7, 0x22


@dataclass(frozen=True, kw_only=True)
class Aims:
    """What is tried to get at, all of it the tests' own."""

    file: str
    port: int
    name: str
    process: int


def outcomes(aims: Aims, without: frozenset[str]) -> dict[str, str]:
    """Give what stopped each attempt: an error's name, a signal's, or that nothing did."""
    told = in_child(lambda: _tried_from_a_site(aims, without))
    assert isinstance(told, dict), told
    return {str(what): str(stopped) for what, stopped in told.items()}


def _tried_from_a_site(aims: Aims, without: frozenset[str]) -> Any:
    patch = pytest.MonkeyPatch()  # of this fork, which ends with its attempts
    patch.setattr(site, "_shown", lambda: (*LIBRARIES, *FACTS))  # wherever our interpreter is
    if ROOT in without:
        patch.setattr(site, "probe", lambda ids: _no_namespaces(probe(ids)))
    home = settled()
    return {what: _stopped(home, without, attempt) for what, attempt in _attempts(aims).items()}


def _no_namespaces(machine: Machine) -> Machine:
    return replace(machine, no_namespaces="taken away")


def _stopped(home: Site, without: frozenset[str], attempt: Callable[[], object]) -> str:
    """Fork a child, put its walls up but for some, try, and give what stopped it."""
    read, write = os.pipe()
    process = home.fork()
    if process == 0:
        try:
            _lock_in(home, without, write)
            os.write(write, _said(attempt).encode())
        except BaseException as error:  # noqa: BLE001 (the parent must hear of it)
            os.write(write, f"no walls: {error}".encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as reading:
        said = reading.read().decode()
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    return signal.Signals(-code).name if code < 0 else said


def _lock_in(home: Site, without: frozenset[str], write: int) -> None:
    every = walls.walls

    def fewer(*given: Any) -> list[Restriction]:
        return [each for each in every(*given) if type(each).__name__ not in without]

    pytest.MonkeyPatch().setattr(walls, "walls", fewer)
    if FILTER in without:
        home = replace(home, machine=replace(home.machine, no_seccomp="taken away"))
    lock_in(home, replace(TERMS, open_files=write + SPARE_FILES), frozenset({write}))


def _said(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno] if error.errno else type(error).__name__
    except MemoryError:
        return "MemoryError"
    except ValueError:  # what Python makes of an EPERM of setrlimit
        return "EPERM"
    return THROUGH


def _attempts(aims: Aims) -> dict[str, Callable[[], object]]:
    return {
        "read another's file": lambda: os.close(os.open(aims.file, os.O_RDONLY)),
        "write another's file": lambda: os.close(os.open(aims.file, os.O_WRONLY)),
        "read the service's environment": lambda: os.open(f"/proc/{aims.process}/environ", 0),
        "reach loopback": lambda: _connect(socket.AF_INET, ("127.0.0.1", aims.port)),
        "reach an abstract socket": lambda: _connect(socket.AF_UNIX, f"\0{aims.name}"),
        "signal the service": lambda: os.kill(aims.process, 0),
        "start a process": _start,
        "make a user namespace": lambda: _call("unshare", CLONE_NEWUSER | CLONE_NEWNS),
        "mount": lambda: _call("mount", b"x", b"/", b"tmpfs", 0, 0),
        "become root": lambda: os.setuid(0),
        "find a folder left open": _find_folder,
        "execute written memory": lambda: _call(
            "mmap", 0, 4096, READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS, -1, 0
        ),
        "take memory without end": lambda: bytearray(1 << 30),
        "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)),
    }


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as stream:
        stream.settimeout(2)
        stream.connect(address)


def _start() -> None:
    if os.fork() == 0:
        os._exit(0)


def _call(name: str, *arguments: int | bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    if libc.syscall(ctypes.c_long(NUMBERS[name]), *given) < 0:
        raise OSError(ctypes.get_errno(), name)


def _find_folder() -> None:
    for descriptor in range(4096):
        try:
            os.scandir(descriptor).close()
        except OSError:
            continue
        return
    raise OSError(errno.EBADF, "none is open")
