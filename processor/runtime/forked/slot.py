"""A control group for one child at a time: it bounds its memory and its threads."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from .cgroup import Version

_ENOUGH: Final = 4096


class Slot:
    """
    Groups that are used again for one child after the other: of memory, and of threads if any.

    A child goes in by itself, before anything else that it does, through doors that are opened for
    it here. What it uses from there on counts, until its host sees that it has ended.
    """

    def __init__(self, version: Version, memory: Path, pids: Path | None) -> None:
        """Make the groups, in folders that are; raises OSError. Both may be one."""
        self.version = version
        self._memory = memory
        self._pids = pids
        self._folders = tuple(dict.fromkeys(each for each in (memory, pids) if each is not None))
        for folder in self._folders:
            folder.mkdir()
        with suppress(FileNotFoundError):  # a kernel without swap
            write(memory / version.swap, "0")
        self._strikes = self._counted()

    @contextmanager
    def doors(self) -> Iterator[tuple[int, ...]]:
        """Open what a child goes in through; raises OSError."""
        with ExitStack() as opened:
            doors = []
            for folder in self._folders:
                doors.append(os.open(folder / self.version.door, os.O_WRONLY | os.O_CLOEXEC))
                opened.callback(os.close, doors[-1])
            yield tuple(doors)

    def bound_threads(self, most: int) -> None:
        """Let in no more threads than that, the first of all included."""
        if self._pids is not None:
            write(self._pids / "pids.max", str(most))

    def bound_memory(self, most: int) -> None:
        """Have the kernel end whoever is inside once they use more bytes above what they do now."""
        write(self._memory / self.version.most, str(self.used() + most))

    def used(self) -> int:
        """Give the bytes that count as its own, also those that are left of others before."""
        return int(read(self._memory / self.version.used))

    def holds(self, process: int) -> bool:
        """Whether a process is inside, as the kernel tells it."""
        inside = (read(folder / "cgroup.procs").split() for folder in self._folders)
        return all(str(process) in processes for processes in inside)

    def inside(self) -> frozenset[str]:
        """Give the numbers of the processes that are inside."""
        found = (read(folder / "cgroup.procs").split() for folder in self._folders)
        return frozenset(process for processes in found for process in processes)

    @property
    def overflowed(self) -> bool:
        """Whether the kernel has ended who is inside since they used more than they may."""
        return all(now > before for now, before in zip(self._counted(), self._strikes, strict=True))

    def reset(self) -> None:
        """Bound memory no longer, and begin to count again."""
        write(self._memory / self.version.most, self.version.unlimited)
        self._strikes = self._counted()

    def close(self) -> None:
        """Remove the groups; raises OSError where somebody is inside."""
        for folder in self._folders:
            if folder.exists():
                folder.rmdir()

    def _counted(self) -> tuple[int, ...]:
        return tuple(
            count_of(read(self._memory / file), name) for file, name in self.version.strikes
        )


def count_of(content: str, name: str) -> int:
    """
    Give the number behind a name, 0 where there is no such line.

    >>> count_of("low 0\\noom 3\\noom_kill 2", "oom ")
    3
    """
    lines = content.splitlines()
    return next((int(line.removeprefix(name)) for line in lines if line.startswith(name)), 0)


def read(path: Path) -> str:
    """Give what a small file of the kernel's says; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _ENOUGH).decode()
    finally:
        os.close(descriptor)


def write(path: Path, content: str) -> None:
    """Tell the kernel something, in one write; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, content.encode())
    finally:
        os.close(descriptor)
