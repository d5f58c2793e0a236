"""Taking away the runners of earlier releases, each of which takes some 150 MB."""

import re
from pathlib import Path
from typing import Final

from processor.environment import is_free, remove

from .runner import NAME

KEPT: Final = 1
"""Earlier runners that stay: of a service that is being replaced, and may still serve."""
_FOLDER: Final = re.compile(rf"{NAME}-[0-9a-f]{{16}}")


def remove_older(folder: Path, serving: str) -> int:
    """
    Remove the runners in a folder but the one that serves and the newest of the others.

    What is being built stays. Tells how many went.
    """
    if not folder.is_dir():
        return 0
    others = [each for each in folder.iterdir() if _is_other(each, serving)]
    others.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    gone = [each for each in others[KEPT:] if not _is_built(each)]
    for each in gone:
        remove(each, folder / "gone")
        for beside in ("lock", "failed"):
            each.with_name(f"{each.name}.{beside}").unlink(missing_ok=True)
    return len(gone)


def _is_other(folder: Path, serving: str) -> bool:
    return folder.is_dir() and bool(_FOLDER.fullmatch(folder.name)) and folder.name != serving


def _is_built(folder: Path) -> bool:
    lock = folder.with_name(f"{folder.name}.lock")
    return lock.exists() and not is_free(lock)
