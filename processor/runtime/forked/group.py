"""
The control groups of this process: a folder in each tree, locked for as long as the process is.

One that is killed leaves its folders behind. Whoever comes next can lock them, so knows that nobody
has them any more, and removes them. In the second version a group has processes or hands on
controllers, never both: this process then moves into a leaf, if it is alone in its group.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from typing import Final

from .cgroup import V2, Tree, Version, trees
from .slot import Slot, read, write

PREFIX: Final = "python-processor-"
HANDED_ON: Final = "cgroup.subtree_control"
PROCESSES: Final = "cgroup.procs"
_LEAF: Final = "service"
_MOST_LOOKED_AT: Final = 10_000
"""Folders, when those are looked for that are left behind."""
MOST_TRIES: Final = 5
"""For a folder that no sweep of another process finds before it is locked."""


class Group:
    """Where slots are made; it is there until it is closed."""

    def __init__(self) -> None:
        """Make it where this process is; raises OSError with the reason."""
        found = _found()
        memory = found.get("memory")
        if memory is None:
            raise OSError(errno.ENOENT, "no tree of control groups bounds memory here")
        pids = found.get("pids")
        both = (memory, pids) if pids and pids.version is memory.version else (memory,)
        self.version: Version = memory.version
        self._own = memory.own
        self._numbers = count()
        self._moved = False
        self._locks: dict[Path, int] = {}
        try:
            for tree in dict.fromkeys(both):
                sweep(tree.mount)
                folder, lock = made_and_locked(tree.own)
                self._locks[folder] = lock
            self.folders = tuple(self._locks)
            if self.version is V2:
                self._hand_on(" ".join(f"+{each}" for each in ("memory", "pids") if each in found))
        except OSError:
            self.close()
            raise
        self._counts_threads = len(both) > 1

    def slot(self) -> Slot:
        """Make another; raises OSError."""
        number = f"{next(self._numbers)}"
        pids = self.folders[-1] / number if self._counts_threads else None
        return Slot(self.version, self.folders[0] / number, pids)

    def close(self) -> None:
        """Remove what is there of it; raises OSError where a slot has somebody inside."""
        if self._moved:
            self._move_back()
        for folder in reversed([*self._locks]):
            remove(folder)
            os.close(self._locks.pop(folder))

    def _hand_on(self, controllers: str) -> None:
        (folder,) = self.folders
        try:
            write(self._own / HANDED_ON, controllers)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            self._move(folder / _LEAF)
            write(self._own / HANDED_ON, controllers)
        write(folder / HANDED_ON, controllers)

    def _move(self, leaf: Path) -> None:
        if read(self._own / PROCESSES).split() != [str(os.getpid())]:
            raise OSError(errno.EBUSY, "this process is not alone in its control group")
        leaf.mkdir()
        write(leaf / PROCESSES, "0")
        self._moved = True

    def _move_back(self) -> None:
        (folder,) = self.folders
        for group in (folder, self._own):
            handed_on = read(group / HANDED_ON).split()
            write(group / HANDED_ON, " ".join(f"-{each}" for each in handed_on))
        write(self._own / PROCESSES, "0")
        self._moved = False


def sweep(mount: Path) -> None:
    """Remove from a tree what processes left that were killed; leaves alone what it may not."""
    for folder in islice(_folders(mount), _MOST_LOOKED_AT):
        if not folder.name.startswith(PREFIX):
            continue
        with suppress(OSError):
            lock = _locked(folder)
            try:
                remove(folder)
            finally:
                os.close(lock)


def made_and_locked(own: Path) -> tuple[Path, int]:
    """Make a folder in a group and lock it; raises OSError."""
    for _ in range(MOST_TRIES):
        folder = own / f"{PREFIX}{secrets.token_hex(8)}"
        folder.mkdir()
        with suppress(OSError):
            lock = _locked(folder)
            if folder.exists():
                return folder, lock
            os.close(lock)
    raise OSError(errno.EAGAIN, "other processes take each folder for one that is left behind")


def remove(folder: Path) -> None:
    """Remove a group and those in it; raises OSError where one has a process in it."""
    for inside in [each for each in folder.iterdir() if each.is_dir()]:
        inside.rmdir()
    folder.rmdir()


def _locked(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _folders(mount: Path) -> Iterator[Path]:
    for folder, names, _ in os.walk(mount):
        yield from (Path(folder, name) for name in names)


def _found() -> dict[str, Tree]:
    mounts, groups = (Path("/proc/self", name).read_text() for name in ("mountinfo", "cgroup"))
    return trees(mounts, groups, _controllers)


def _controllers(group: Path) -> frozenset[str]:
    try:
        return frozenset(read(group / "cgroup.controllers").split())
    except OSError:  # in a part of the tree that is not shown here
        return frozenset()
