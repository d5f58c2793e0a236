"""Landlock: what is not on the list is not to be had."""

# What is tested is system calls, some of them where no path can be asked.
# ruff: noqa: PTH102, PTH104, PTH108, PTH208, PTH211

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.runtime.jail import landlock
from processor.runtime.jail.landlock import LEAST_ABI, Listed, with_devices
from processor.runtime.jail.process import NoNewPrivileges

from .forks import in_child
from .jails import reason_of, unable

ABI = landlock.abi()


@pytest.fixture(autouse=True)
def _landlock() -> None:
    if ABI < LEAST_ABI:
        unable(f"Landlock is of version {ABI}")


@pytest.fixture
def read(tmp_path: Path) -> Path:
    """Give a folder to list, beside which is one that is not listed."""
    for name in ("read", "written", "hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("content")
    return tmp_path / "read"


def behind(listed: Listed, function: Callable[[], Any]) -> Any:
    def child() -> Any:
        NoNewPrivileges().apply()
        listed.apply()
        return function()

    return in_child(child)


def opened(path: Path, flags: int = os.O_RDONLY) -> str:
    return reason_of(lambda: os.close(os.open(path, flags, 0o600)))


def test_it_says_what_is_listed() -> None:
    listed = Listed(readable=("/usr/lib", "/lib"), writable=("/tmp",), ports=(3128,))

    assert listed.describe() == "reads 2 listed paths, writes /tmp; TCP ports: 3128"
    assert Listed(readable=()).describe() == (
        "reads 0 listed paths, writes nothing; TCP ports: none"
    )


def test_the_devices_of_everybody_are_added() -> None:
    listed = with_devices(("/usr/lib",), ("/tmp",))

    assert listed.readable[1:] == ("/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
    assert listed.writable == ("/tmp", "/dev/null")


def test_a_kernel_without_it_is_version_0() -> None:
    def version() -> Any:
        vars(landlock)["landlock_create_ruleset"] = lambda *_: os.open("/nowhere", 0)
        return landlock.abi()

    assert in_child(version) == 0


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_version_that_cannot_keep_a_file_from_being_emptied_does_not_do(version: int) -> None:
    def applied() -> Any:
        landlock.abi = lambda: version
        Listed(readable=()).apply()
        return "applied"

    said = f"NotImplementedError: Landlock is of version {version}, not 3 or later"
    assert in_child(applied) == said


@pytest.mark.parametrize("version", range(LEAST_ABI, ABI + 1))
def test_every_version_up_to_the_kernels_own_is_spoken(read: Path, version: int) -> None:
    def child() -> Any:
        landlock.abi = lambda: version
        NoNewPrivileges().apply()
        Listed(readable=(str(read),), ports=(3128,)).apply()
        return [opened(read / "file"), opened(read.parent / "hidden" / "file")]

    assert in_child(child) == ["done", "Permission denied"]


def test_what_is_listed_is_read_and_nothing_else(read: Path) -> None:
    hidden = read.parent / "hidden"

    def tried() -> Any:
        return [
            opened(read / "file"),
            reason_of(lambda: os.listdir(read)),
            opened(hidden / "file"),
            reason_of(lambda: os.listdir(hidden)),
            opened(Path("/etc/passwd")),
            opened(Path("/proc/self/environ")),
        ]

    told = behind(Listed(readable=(str(read),)), tried)

    assert told == ["done"] * 2 + ["Permission denied"] * 4


def test_what_is_only_read_is_not_changed(read: Path) -> None:
    def tried() -> Any:
        return [
            opened(read / "file", os.O_WRONLY),
            reason_of(lambda: os.truncate(read / "file", 0)),
            opened(read / "new", os.O_WRONLY | os.O_CREAT),
            reason_of(lambda: os.mkdir(read / "new")),
            reason_of(lambda: os.symlink("file", read / "new")),
            reason_of(lambda: os.unlink(read / "file")),
        ]

    assert behind(Listed(readable=(str(read),)), tried) == ["Permission denied"] * 6
    assert (read / "file").read_text() == "content"


def test_what_is_written_is_changed(read: Path) -> None:
    written = read.parent / "written"

    def tried() -> Any:
        return [
            opened(written / "new", os.O_WRONLY | os.O_CREAT),
            reason_of(lambda: os.mkdir(written / "folder")),
            reason_of(lambda: os.rename(written / "new", written / "folder" / "new")),
            reason_of(lambda: os.truncate(written / "file", 0)),
            reason_of(lambda: os.symlink("file", written / "link")),
            reason_of(lambda: os.unlink(written / "file")),
            opened(written / "folder" / "new"),
        ]

    assert behind(Listed(readable=(), writable=(str(written),)), tried) == ["done"] * 7


def test_what_is_written_holds_no_device_or_socket(read: Path) -> None:
    written = read.parent / "written"

    def tried() -> Any:
        with socket.socket(socket.AF_UNIX) as server:
            bound = reason_of(lambda: server.bind(str(written / "socket")))
        return [bound, reason_of(lambda: os.mkfifo(written / "pipe"))]

    told = behind(Listed(readable=(), writable=(str(written),)), tried)

    assert told == ["Permission denied"] * 2


def test_nothing_is_executed_not_even_what_is_read() -> None:
    def execute() -> Any:
        return reason_of(lambda: os.execv("/bin/true", ["true"]))

    assert behind(Listed(readable=("/",)), execute) == "Permission denied"


def test_a_file_that_is_listed_is_alone(read: Path) -> None:
    (read / "other").touch()

    def tried() -> Any:
        return [opened(read / "file"), opened(read / "other")]

    assert behind(Listed(readable=(str(read / "file"),)), tried) == ["done", "Permission denied"]


def test_devices_are_written_to() -> None:
    def tried() -> Any:
        return [
            opened(Path("/dev/null"), os.O_RDWR | os.O_TRUNC),
            opened(Path("/dev/urandom")),
            opened(Path("/dev/zero"), os.O_WRONLY),
        ]

    assert behind(with_devices(()), tried) == ["done", "done", "Permission denied"]


def test_what_is_listed_and_missing_is_an_error(read: Path) -> None:
    told = behind(Listed(readable=(f"{read}/nowhere",)), lambda: "applied")

    assert told == f"FileNotFoundError: [Errno 2] No such file or directory: '{read}/nowhere'"


def test_privileges_are_given_up_first() -> None:
    def applied() -> Any:
        os.setresuid(65534, 65534, 65534)
        Listed(readable=()).apply()
        return "applied"

    if os.getuid() == 0:
        assert "Operation not permitted" in str(in_child(applied))


def test_no_descriptor_stays_open(read: Path) -> None:
    def descriptors() -> Any:
        lowest = os.dup(0)
        os.close(lowest)
        NoNewPrivileges().apply()
        Listed(readable=(str(read),)).apply()
        return os.dup(0) == lowest

    assert in_child(descriptors) is True


@pytest.mark.skipif(ABI < 4, reason="this kernel's Landlock knows no ports")
@pytest.mark.parametrize(("listed", "said"), [(False, "Permission denied"), (True, "done")])
def test_ports_are_connected_to_by_the_list(listed: bool, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        _, port = server.getsockname()

        def connect() -> Any:
            with socket.socket() as client:
                return reason_of(lambda: client.connect(("127.0.0.1", port)))

        assert behind(Listed(readable=(), ports=(port,) if listed else ()), connect) == said


@pytest.mark.skipif(ABI < 4, reason="this kernel's Landlock knows no ports")
def test_nothing_is_listened_on() -> None:
    def listen() -> Any:
        with socket.socket() as server:
            return reason_of(lambda: server.bind(("127.0.0.1", 0)))

    assert behind(Listed(readable=(), ports=(3128,)), listen) == "Permission denied"


@pytest.mark.skipif(ABI < 6, reason="this kernel's Landlock knows no scopes")
def test_abstract_sockets_of_others_are_out_of_reach() -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{os.getpid()}.landlock")
        server.listen()

        def connect() -> Any:
            with socket.socket(socket.AF_UNIX) as client:
                return reason_of(lambda: client.connect(server.getsockname()))

        assert in_child(connect) == "done"
        assert behind(Listed(readable=()), connect) == "Operation not permitted"


@pytest.mark.skipif(ABI < 6, reason="this kernel's Landlock knows no scopes")
def test_processes_of_others_are_sent_no_signal() -> None:
    host = os.getpid()

    def send() -> Any:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        ourselves = reason_of(lambda: os.kill(os.getpid(), signal.SIGUSR1))
        return [reason_of(lambda: os.kill(host, 0)), ourselves]

    assert behind(Listed(readable=()), send) == ["Operation not permitted", "done"]


def test_it_is_for_good(read: Path) -> None:
    def widened() -> Any:
        Listed(readable=("/",)).apply()
        return opened(Path("/etc/passwd"))

    # a second list only takes away, and the root itself can no more be opened to be listed
    assert "Permission denied" in str(behind(Listed(readable=(str(read),)), widened))
