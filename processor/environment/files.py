"""Files that are whole or not there, and folders: measured, joined by links, taken away."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

_BLOCK_BYTES: Final = 512
"""What `st_blocks` counts, whatever the file system's own blocks are."""

T = TypeVar("T", bound=msgspec.Struct)


def write_whole(path: Path, value: msgspec.Struct) -> None:
    """Write a record so that it is there whole, or as it was before, whenever we are killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("wb") as file:
        file.write(msgspec.json.encode(value))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def read_record(path: Path, kind: type[T]) -> T | None:
    """Give a record, or None where it is not there or not one of ours."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_bytes(folder: Path) -> int:
    """Give what a folder takes on disk; a file counts once, whatever names it has in there."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for entry in entries(folder):
        with suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += status.st_blocks * _BLOCK_BYTES
    return total


def own_bytes(folder: Path) -> int:
    """Give what a folder takes on disk by itself: its folders, and files without another name."""
    total = 0
    for entry in entries(folder):
        status = entry.stat(follow_symlinks=False)
        if entry.is_dir(follow_symlinks=False) or status.st_nlink == 1:
            total += status.st_blocks * _BLOCK_BYTES
    return total


def entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Give all that is below a folder, folders before what is in them; links are not followed."""
    left = [str(folder)]
    while left:
        with suppress(OSError), os.scandir(left.pop()) as found:
            for entry in found:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)


def link_tree(source: Path, target: Path, *, leave_out: frozenset[str] = frozenset()) -> None:
    """
    Give every file below `source` a second name below `target`; a later tree's file comes instead.

    `leave_out` are names at the top.
    """
    for entry in entries(source):
        inside = Path(entry.path).relative_to(source)
        if inside.parts[0] in leave_out:
            continue
        name = target / inside
        if entry.is_dir(follow_symlinks=False):
            name.mkdir(exist_ok=True)
        else:
            name.unlink(missing_ok=True)
            os.link(entry.path, name)


def first_link(folder: Path) -> Path | None:
    """Give a symbolic link below a folder, or None where there is none."""
    links = (entry.path for entry in entries(folder) if entry.is_symlink())
    return next(map(Path, links), None)


def remove(folder: Path, aside: Path) -> None:
    """Take a folder away: under its name at once, its content after that."""
    aside.mkdir(parents=True, exist_ok=True)
    gone = aside / f"gone-{folder.name}-{os.getpid()}"
    with suppress(FileNotFoundError):
        folder.rename(gone)
    shutil.rmtree(gone, onerror=_let_be)


def _let_be(_function: object, _path: object, _error: Any) -> None:
    """Leave what cannot be removed: the next collection tries again."""
