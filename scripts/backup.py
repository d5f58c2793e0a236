"""
Save the embedded store of a data folder, also while services use it, and restore it elsewhere.

    scripts/backup.py save DATA_DIR FILE
    scripts/backup.py restore FILE DATA_DIR

Needs Python alone. A file has its name only once it is whole and on the disk.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

NAME = "processor.db"
USAGE = 2
PAGES = 1024
"""Copied at a time, so that nobody who writes waits long."""


def main(arguments: list[str]) -> int:
    """Do as the command line says."""
    match arguments:
        case ["save", folder, file]:
            return told(save, Path(folder), Path(file))
        case ["restore", file, folder]:
            return told(restore, Path(file), Path(folder))
        case _:
            print((__doc__ or "").strip(), file=sys.stderr)
            return USAGE


def told(work: Callable[[Path, Path], None], source: Path, target: Path) -> int:
    """Do it, or say why not."""
    try:
        work(source, target)
    except (OSError, sqlite3.Error, ValueError) as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    return 0


def save(folder: Path, file: Path) -> None:
    """Copy a folder's database as it is at one moment."""
    if not (folder / NAME).is_file():
        raise ValueError(f"{folder} has no {NAME}")
    copy(folder / NAME, file)


def restore(file: Path, folder: Path) -> None:
    """Make a data folder of a copy; refuses one that has a database."""
    if (folder / NAME).exists():
        raise ValueError(f"{folder / NAME} is there already; move it aside first")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy(file, folder / NAME)


def copy(source: Path, target: Path) -> None:
    """Copy a database page by page, check the copy, and only then give it its name."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    reading = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    with closing(reading), closing(sqlite3.connect(unfinished)) as writing:
        unfinished.chmod(0o600)
        reading.backup(writing, pages=PAGES)
        writing.execute("PRAGMA journal_mode = DELETE")
        found = [row[0] for row in writing.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise ValueError(f"the copy is damaged: {found[0]}")
    with unfinished.open("rb+") as made:
        os.fsync(made.fileno())
    unfinished.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
