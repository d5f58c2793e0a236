"""Processes as /proc shows them: who of a zygote's processes forks, and what it forked."""

from pathlib import Path


def children_of(process: int) -> list[int]:
    """Give what a process forked that is there now."""
    try:
        return [int(child) for child in _children(process).split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def zygote_of(executed: int) -> int:
    """
    Give the process that forks, of the one that was executed: the same, or a grandchild.

    Where it has entered a pid namespace, those before it only wait.
    """
    for first in children_of(executed):
        if _numbers(first)[1:] == [1]:
            return next((each for each in children_of(first) if _numbers(each)[1:] == [2]), first)
    return executed


def _children(process: int) -> str:
    return Path(f"/proc/{process}/task/{process}/children").read_text()


def _numbers(process: int) -> list[int]:
    """Give its process id in each pid namespace, from ours inwards."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    line = next(line for line in status.splitlines() if line.startswith("NSpid:"))
    return [int(number) for number in line.split()[1:]]
