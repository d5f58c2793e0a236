"""A root of a zygote's own: what is in it, that it is read only, and that nothing else is."""

# What is tested is system calls, some of them where no path can be asked.
# ruff: noqa: PTH101, PTH109, PTH112, PTH113, PTH115, PTH116, PTH123, PTH208

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from processor.runtime.jail.enter import Entered
from processor.runtime.jail.layout import Bind, Link
from processor.runtime.jail.root import (
    ETC,
    Device,
    File,
    OwnTmp,
    Root,
    Shown,
    Tmpfs,
    readable,
    root_of,
)
from processor.runtime.jail.syscalls import CLONE_NEWNS, mount, umount2, unshare

from .forks import in_child
from .jails import (
    ORDINARY,
    ROOT,
    USERS,
    a_root,
    basic_walls,
    in_first,
    in_jail,
    in_zygote,
    need,
    reason_of,
)

PLACES = ("/", "/etc", "/usr/lib", "/dev", "/etc/ssl/certs")
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 1 << 14
MS_PRIVATE = 1 << 18
MS_SHARED = 1 << 20


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    need(name)
    return name


@pytest.fixture
def folder() -> Iterator[str]:
    """Give a folder that anybody may read, with a file and a hidden folder in it."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    (path / "file").write_text("content")
    yield str(path)
    shutil.rmtree(path)


def write(path: str) -> str:
    return reason_of(lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)))


def read(path: str) -> str:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 4096).decode()
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("described", "said"),
    [
        (Shown(Bind("/usr/lib")), "/usr/lib, read only"),
        (Device("/dev/null"), "/dev/null, the device"),
        (File("/etc/hosts", b""), "/etc/hosts, our own"),
        (Tmpfs(path="/tmp", size_bytes=5), "/tmp, 5 bytes of memory"),
        (Root((Device("/dev/null"),)), "a private read-only root of 1 mounts and files"),
        (OwnTmp(size_bytes=5), "/tmp of its own, of at most 5 bytes and 4096 files"),
    ],
)
def test_each_says_what_it_is(described: Shown | OwnTmp | Root, said: str) -> None:
    assert described.describe() == said


def test_a_root_has_what_is_listed_and_nothing_else(user: str, folder: str) -> None:
    root = a_root(folder)

    told = in_zygote(user, lambda _: [sorted(os.listdir(path)) for path in ("/", "/etc")], root)

    top, etc = told
    assert set(map(str, top)) <= {"dev", "etc", "lib", "lib64", "tmp", "usr"}
    known = {
        "group",
        "hosts",
        "ld.so.cache",
        "localtime",
        "nsswitch.conf",
        "passwd",
        "resolv.conf",
        "ssl",
    }
    assert set(map(str, etc)) <= known


def test_users_are_our_own_and_not_the_hosts(user: str) -> None:
    passwd = "statement:x:1000:1000::/tmp:/nonexistent\n"

    assert in_jail(user, lambda: read("/etc/passwd")) == passwd


def test_no_name_server_is_known(user: str) -> None:
    assert in_jail(user, lambda: read("/etc/resolv.conf")) == ""


def test_there_is_no_proc_and_no_home(user: str) -> None:
    def found() -> Any:
        return [os.path.lexists(path) for path in ("/proc", "/sys", "/root", "/home", "/var")]

    assert in_jail(user, found) == [False] * 5


def test_the_old_root_is_not_to_be_had(user: str) -> None:
    def climbed() -> Any:
        os.chdir("/")
        os.chdir("../../..")
        return sorted(os.listdir(".")) == sorted(os.listdir("/"))

    assert in_jail(user, climbed) is True


@pytest.mark.parametrize("place", PLACES)
def test_nothing_in_it_can_be_written(user: str, place: str) -> None:
    if not Path(place).exists():
        pytest.skip(f"this system has no {place}")

    assert in_zygote(user, lambda _: write(f"{place}/new")) == "Read-only file system"
    assert in_jail(user, lambda: write(f"{place}/new")) == "Read-only file system"


def test_a_child_cannot_make_it_writable_again(user: str) -> None:
    def remount() -> Any:
        flags = MS_REMOUNT | MS_BIND
        return [reason_of(partial(mount, "", place, "", flags)) for place in ("/", "/usr/lib")]

    assert in_jail(user, remount) == ["Operation not permitted"] * 2


def test_a_child_cannot_take_it_away_to_see_what_is_below(user: str) -> None:
    def unmounted() -> Any:
        return [reason_of(partial(umount2, place, 0)) for place in ("/usr/lib", "/etc/ssl/certs")]

    assert in_jail(user, unmounted) == ["Invalid argument"] * 2


def test_files_of_the_host_are_read_where_they_were(user: str, folder: str) -> None:
    told = in_jail(user, lambda: read(f"{folder}/file"), root=a_root(folder), shown=(folder,))

    assert told == "content"


def test_files_of_the_host_are_not_written(user: str, folder: str) -> None:
    Path(folder, "file").chmod(0o666)
    root = a_root(folder)

    told = in_jail(user, lambda: write(f"{folder}/file"), root=root, shown=(folder,))

    assert told == "Read-only file system"


def test_set_user_id_programs_and_devices_mean_nothing_in_it(user: str) -> None:
    def flags() -> Any:
        return [bool(os.statvfs("/usr/lib").f_flag & flag) for flag in (os.ST_NOSUID, os.ST_NODEV)]

    assert in_jail(user, flags) == [True, True]


def test_devices_are_read_and_written(user: str) -> None:
    def used() -> Any:
        with open("/dev/null", "r+b", 0) as null, open("/dev/urandom", "rb", 0) as random:
            return [null.write(b"x"), null.read(), len(random.read(8))] == [1, b"", 8]

    assert in_jail(user, used) is True


def test_a_hosts_device_does_not_change_its_mode(user: str) -> None:
    def change() -> Any:
        return [
            reason_of(lambda: os.chmod("/dev/null", 0o600)),
            reason_of(lambda: os.utime("/dev/null")),
        ]

    assert in_zygote(user, lambda _: change()) == ["Read-only file system"] * 2
    assert stat.S_IMODE(os.stat("/dev/null").st_mode) == 0o666


def test_what_is_missing_is_an_error(user: str, folder: str) -> None:
    root = a_root(f"{folder}/nowhere")

    told = in_zygote(user, lambda _: "entered", root)

    assert told == f"FileNotFoundError: [Errno 2] No such file or directory: '{folder}/nowhere'"


def test_what_may_be_missing_may_be_missing(user: str, folder: str) -> None:
    root = root_of([Bind(f"{folder}/nowhere", optional=True)], tmp_bytes=4096)

    assert in_zygote(user, lambda _: "entered", root) == "entered"


def test_what_cannot_be_reached_is_an_error_and_not_left_out() -> None:
    need(ORDINARY)
    with tempfile.TemporaryDirectory() as closed:  # its owner's only
        Path(closed, "file").write_text("content")
        if os.getuid() != 0:
            pytest.skip("whoever runs the tests owns it")
        root = root_of([Bind(f"{closed}/file")], tmp_bytes=4096)

        told = in_zygote(ORDINARY, lambda _: "entered", root)

    assert str(told).startswith("PermissionError: [Errno 13]")


def test_root_shows_what_only_it_could_reach() -> None:
    need(ROOT)
    with tempfile.TemporaryDirectory() as closed:
        Path(closed, "file").write_text("content")
        root = root_of([Bind(f"{closed}/file")], tmp_bytes=4096)

        assert in_zygote(ROOT, lambda _: read(f"{closed}/file"), root) == "content"


def test_a_link_is_a_link_inside(user: str) -> None:
    root = root_of([Link("/a/link", "../usr/lib"), Bind("/usr/lib")], tmp_bytes=4096)

    def link(_: object) -> Any:
        return [os.readlink("/a/link"), os.path.isdir("/a/link/.")]

    assert in_zygote(user, link, root) == ["../usr/lib", True]


def test_what_may_be_read_is_what_is_there_and_what_has_to_be(folder: str) -> None:
    layout = (
        Bind(f"{folder}/file", optional=True),
        Bind(f"{folder}/nowhere", optional=True),
        Bind(f"{folder}/needed"),
        Link("/lib", "usr/lib"),
    )

    assert readable(layout) == (f"{folder}/file", f"{folder}/needed")


def test_our_own_files_are_listed_and_there(user: str) -> None:
    assert in_zygote(user, lambda _: [os.path.isfile(path) for path in ETC]) == [True] * 5


def test_a_root_can_be_walked_whatever_the_umask_was(user: str) -> None:
    def walked(entered: object) -> Any:
        del entered
        return [stat.S_IMODE(os.stat(path).st_mode) for path in ("/", "/etc", "/usr", "/dev")]

    before = os.umask(0o077)
    try:
        told = in_zygote(user, walked)
    finally:
        os.umask(before)

    assert told == [0o755] * 4


def test_tmp_is_empty_and_a_childs_own(user: str) -> None:
    def own() -> Any:
        found = os.stat("/tmp")
        return [os.getcwd(), os.listdir("/tmp"), stat.S_IMODE(found.st_mode), found.st_uid]

    assert in_jail(user, own) == ["/tmp", [], 0o700, 1000]


def test_what_a_child_writes_to_tmp_nobody_else_sees(user: str) -> None:
    def two(entered: Entered) -> Any:
        def child() -> Any:
            for wall in basic_walls(user, entered):
                wall.apply()
            before = os.listdir("/tmp")
            return [before, write("/tmp/file")]

        first = in_first(entered, child)
        return [first, in_first(entered, child), os.listdir("/tmp")]

    assert in_zygote(user, two) == [[[], "done"], [[], "done"], []]


def test_tmp_is_as_large_as_it_may_be(user: str) -> None:
    def fill() -> Any:
        descriptor = os.open("/tmp/file", os.O_WRONLY | os.O_CREAT)
        written = 0
        try:
            while written < 4 << 20:
                written += os.write(descriptor, bytes(65536))
        except OSError as error:
            return [written, os.strerror(error.errno or 0)]
        return [written, "done"]

    assert in_jail(user, fill) == [1 << 20, "No space left on device"]


def test_tmp_of_no_bytes_is_not_one_without_a_limit(user: str) -> None:
    def blocks() -> Any:
        found = os.statvfs("/tmp")
        return [found.f_blocks * found.f_frsize, found.f_files]

    tmp = OwnTmp(size_bytes=0, files=0)

    assert in_jail(user, blocks, tmp) == [os.sysconf("SC_PAGESIZE"), 1]


def test_tmp_holds_as_many_files_as_it_may(user: str) -> None:
    def create() -> Any:
        return [write(f"/tmp/{number}") for number in range(70)].index("No space left on device")

    assert in_jail(user, create) == 63  # and the folder itself


def test_nothing_in_tmp_is_executed(user: str) -> None:
    def flags() -> Any:
        found = os.statvfs("/tmp").f_flag
        return [bool(found & flag) for flag in (os.ST_NOEXEC, os.ST_NOSUID, os.ST_NODEV)]

    assert in_jail(user, flags) == [True] * 3


def test_what_is_shown_below_tmp_is_still_there_and_read_only(user: str, folder: str) -> None:
    def found() -> Any:
        return [
            read(f"{folder}/file"),
            write(f"{folder}/new"),
            os.listdir("/tmp"),
            write("/tmp/own"),
        ]

    told = in_jail(user, found, root=a_root(folder), shown=(folder,))

    assert told == ["content", "Read-only file system", [Path(folder).name], "done"]


def test_one_file_is_shown_below_tmp_too(user: str, folder: str) -> None:
    path = f"{folder}/file"

    assert in_jail(user, lambda: read(path), root=a_root(path), shown=(path,)) == "content"


@pytest.mark.parametrize("propagation", [MS_SHARED, MS_PRIVATE])
def test_mounts_of_a_root_are_nobody_elses(propagation: int) -> None:
    need(ROOT)

    def leaked() -> Any:
        unshare(CLONE_NEWNS)
        mount("", "/", "", MS_REC | propagation)
        before = Path("/proc/self/mountinfo").read_text()
        inside = in_zygote(ROOT, lambda _: "entered")
        return [inside, Path("/proc/self/mountinfo").read_text() == before]

    assert in_child(leaked) == ["entered", True]


def test_what_is_mounted_in_a_folder_is_shown_with_it_and_read_only_too(folder: str) -> None:
    need(ROOT)
    inner = Path(folder, "inner")
    inner.mkdir()

    def shown() -> Any:
        unshare(CLONE_NEWNS)
        mount("", "/", "", MS_REC | MS_PRIVATE)
        mount("tmpfs", str(inner), "tmpfs", 0)
        (inner / "file").write_text("content")
        root = a_root(folder)
        return in_zygote(ROOT, lambda _: [read(f"{inner}/file"), write(f"{inner}/new")], root)

    assert in_child(shown) == ["content", "Read-only file system"]


def test_a_root_wants_a_mount_namespace_and_leaves_the_others_alone() -> None:
    need(ROOT)
    before = Path("/proc/self/mountinfo").read_text()

    def replaced() -> Any:
        unshare(CLONE_NEWNS)
        a_root().apply()
        return sorted(os.listdir("/")) != []

    assert in_child(replaced) is True
    assert Path("/proc/self/mountinfo").read_text() == before
