"""
Where this process may make control groups: read off what the kernel shows. Pure.

There are two versions. In the first each controller has a tree of its own; in the second there is
one tree, and a group hands controllers on to those below it. A machine may have both.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """What one version calls the things that both have; names are of files in a group."""

    name: Literal["cgroup1", "cgroup2"]
    door: str
    """Where a process writes 0 to go in. In the first version that takes in one thread, at once;
    a whole process waits for everybody who forks, for some 10 ms."""
    most: str
    unlimited: str
    used: str
    swap: str
    """Which 0 keeps from being used."""
    strikes: tuple[tuple[str, str], ...]
    """Files and lines that count up when the kernel ends a process for the group's own limit."""


V1: Final = Version(
    name="cgroup1",
    door="tasks",
    most="memory.limit_in_bytes",
    unlimited="-1",
    used="memory.usage_in_bytes",
    swap="memory.swappiness",
    strikes=(("memory.failcnt", ""), ("memory.oom_control", "oom_kill ")),
)
V2: Final = Version(
    name="cgroup2",
    door="cgroup.procs",
    most="memory.max",
    unlimited="max",
    used="memory.current",
    swap="memory.swap.max",
    strikes=(("memory.events", "oom "), ("memory.events", "oom_kill ")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """One tree of groups, and where in it this process is."""

    version: Version
    mount: Path
    own: Path


@dataclass(frozen=True, slots=True)
class _Mount:
    version: Version
    root: str
    point: Path
    options: frozenset[str]


def trees(
    mounts: str, groups: str, controllers_of: Callable[[Path], frozenset[str]]
) -> dict[str, Tree]:
    """
    Give the tree of each controller that is to be had, from /proc/self/mountinfo and /cgroup.

    `controllers_of` tells those of a group of the second version.
    """
    found: dict[str, Tree] = {}
    own = dict(_own(groups))
    for mount in _mounts(mounts):
        for controllers, path in own.items():
            if mount.version is V2 and not controllers:
                tree = Tree(version=V2, mount=mount.point, own=_inside(mount, path))
                found |= dict.fromkeys(controllers_of(tree.own), tree)
            elif mount.version is V1 and controllers and controllers <= mount.options:
                tree = Tree(version=V1, mount=mount.point, own=_inside(mount, path))
                found |= dict.fromkeys(controllers, tree)
    return found


def _own(groups: str) -> Iterator[tuple[frozenset[str], str]]:
    """Give this process's group in each tree, by controllers; the second version's has none."""
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        yield frozenset(controllers.split(",")) - {""}, path


def _mounts(mounts: str) -> Iterator[_Mount]:
    """Give where trees are mounted; see proc_pid_mountinfo(5)."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind not in ("cgroup", "cgroup2"):
            continue
        root, point = map(_plain, before.split(" ")[3:5])
        version = V2 if kind == "cgroup2" else V1
        yield _Mount(version, root, Path(point), frozenset(options.split(",")))


def _inside(mount: _Mount, path: str) -> Path:
    """Give where a group is seen; a mount may show a part of its tree only."""
    root = mount.root.rstrip("/")
    below = path.removeprefix(root) if path == root or path.startswith(f"{root}/") else path
    return mount.point / below.strip("/")


def _plain(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)
