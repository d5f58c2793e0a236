"""
A root of the zygote's own: read only, and with nothing in it that was not listed.

There is no /proc in it, no home, no data folder, and no device but four that anybody may have.
Everything that is missing is an error: an interpreter below a folder that only its owner may enter
was once left out in silence.
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from .layout import DEVICES, Bind, Link
from .syscalls import (
    MNT_DETACH,
    MOUNT_ATTR_NODEV,
    MOUNT_ATTR_NOEXEC,
    MOUNT_ATTR_NOSUID,
    MOUNT_ATTR_RDONLY,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    mount,
    mount_setattr,
    move_mount,
    open_tree,
    pivot_root,
    umount2,
)

TMP: Final = "/tmp"  # noqa: S108 (the only writable place inside)
_BUILT_ON: Final = "/proc"
"""Where the new root is put together: every system has this folder, and nothing of it is shown."""
_ETC: Final = {
    "group": b"statement:x:1000:\n",
    "hosts": b"127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": b"passwd: files\ngroup: files\nhosts: files\n",
    "passwd": b"statement:x:1000:1000::/tmp:/nonexistent\n",
    "resolv.conf": b"",
}
ETC: Final = tuple(f"/etc/{name}" for name in _ETC)
"""What is our own in a root, and may be read there. Without a root of its own it is the host's."""
_QUIET: Final = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID


class Mount(Protocol):
    """One thing in a root: a value that can be shown, and put there."""

    @property
    def path(self) -> str:
        """Where it is inside."""

    def describe(self) -> str:
        """Say in a few words what is where."""

    def apply(self, root: str) -> None:
        """Put it below a folder; raises OSError where it cannot be."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file or folder of the host, or a link, as it is listed in a layout."""

    listed: Bind | Link

    @property
    def path(self) -> str:
        """See Mount."""
        return self.listed.path

    def describe(self) -> str:
        """See Mount."""
        return f"{self.path}, read only"

    def apply(self, root: str) -> None:
        """See Mount."""
        target = root + self.path
        match self.listed:
            case Link(_, to):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.symlink(to, target)
            case Bind(path, optional) if not (optional and not os.path.lexists(path)):
                _bind(path, target)
                mount_setattr(target, _QUIET | MOUNT_ATTR_NODEV, recursive=True)
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the host: for reading and writing, but not for changing its mode or owner."""

    path: str

    def describe(self) -> str:
        """See Mount."""
        return f"{self.path}, the device"

    def apply(self, root: str) -> None:
        """See Mount."""
        _bind(self.path, root + self.path)
        mount_setattr(root + self.path, _QUIET | MOUNT_ATTR_NOEXEC, recursive=False)


@dataclass(frozen=True, slots=True)
class File:
    """A small file of our own words."""

    path: str
    content: bytes

    def describe(self) -> str:
        """See Mount."""
        return f"{self.path}, our own"

    def apply(self, root: str) -> None:
        """See Mount."""
        os.makedirs(os.path.dirname(root + self.path), exist_ok=True)
        with open(root + self.path, "xb") as file:
            file.write(self.content)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tmpfs:
    """A folder in memory that anybody inside may write to."""

    path: str
    size_bytes: int

    def describe(self) -> str:
        """See Mount."""
        return f"{self.path}, {self.size_bytes} bytes of memory"

    def apply(self, root: str) -> None:
        """See Mount."""
        os.makedirs(root + self.path, exist_ok=True)
        options = f"size={max(self.size_bytes, 1)},mode=1777"
        mount("tmpfs", root + self.path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)


@dataclass(frozen=True, slots=True)
class Root:
    """Replaces the whole file system; wants a mount namespace of its own, or it is everybody's."""

    mounts: tuple[Mount, ...]

    def describe(self) -> str:
        """See Restriction."""
        return f"a private read-only root of {len(self.mounts)} mounts and files"

    def apply(self) -> None:
        """See Restriction."""
        mount("", "/", "", MS_REC | MS_PRIVATE)
        umask = os.umask(0o022)  # who is nobody must be able to walk through
        try:
            mount("tmpfs", _BUILT_ON, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755")
            for each in self.mounts:
                each.apply(_BUILT_ON)
        finally:
            os.umask(umask)
        os.chdir(_BUILT_ON)
        pivot_root(".", ".")
        umount2(".", MNT_DETACH)  # the old root lies on top of the new one
        os.chdir("/")
        mount_setattr("/", _QUIET | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, recursive=False)


def root_of(layout: Iterable[Bind | Link], *, tmp_bytes: int) -> Root:
    """Give the root that shows a layout, with devices, a small /etc and a /tmp for getting warm."""
    shown = tuple(map(Shown, layout))
    files = tuple(File(f"/etc/{name}", content) for name, content in _ETC.items())
    tmp = Tmpfs(path=TMP, size_bytes=tmp_bytes)
    mounts: tuple[Mount, ...] = (tmp, *shown, *map(Device, DEVICES), *files)
    return Root(tuple(sorted(mounts, key=lambda each: each.path.split("/"))))


def readable(layout: Iterable[Bind | Link]) -> tuple[str, ...]:
    """List what of a layout is there, for Landlock: see Listed."""
    binds = (each for each in layout if isinstance(each, Bind))
    return tuple(each.path for each in binds if not each.optional or os.path.lexists(each.path))


def readlink(path: str) -> str | None:
    """Give where a link leads, or None for what is none; see layout.followed."""
    return os.readlink(path) if os.path.islink(path) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnTmp:
    """
    An empty /tmp of a child's own; wants a mount namespace of its own.

    Goes up before NoMoreNamespaces: mounts that are nowhere yet count as one.
    """

    size_bytes: int
    files: int = 4096
    shown: tuple[str, ...] = ()
    """What the root shows below /tmp, and is to be seen there still."""

    def describe(self) -> str:
        """See Restriction."""
        return f"{TMP} of its own, of at most {self.size_bytes} bytes and {self.files} files"

    def apply(self) -> None:
        """See Restriction."""
        kept = [(path, os.path.isdir(path), open_tree(path)) for path in self.shown]
        sizes = f"size={max(self.size_bytes, 1)},nr_inodes={max(self.files, 1)}"  # 0 has no limit
        mount("tmpfs", TMP, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, f"{sizes},mode=0700")
        for path, is_folder, tree in kept:
            _make(path, is_folder=is_folder)
            move_mount(tree, path)
            os.close(tree)
        os.chdir(TMP)


def _bind(path: str, target: str) -> None:
    _make(target, is_folder=stat.S_ISDIR(os.stat(path).st_mode))
    mount(path, target, "", MS_BIND | MS_REC)


def _make(path: str, *, is_folder: bool) -> None:
    """Make something to mount upon."""
    if is_folder:
        os.makedirs(path, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
