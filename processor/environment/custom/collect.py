"""Taking away what nobody needs: environments out of use, their wheels, rubbish of dead builds."""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from processor.environment.files import read_record, remove
from processor.environment.wheelhouse import is_free, try_lock

from .places import Built, Named, Places, Resolved, record_of, used_mark


def collect(places: Places, keep: timedelta, wanted: frozenset[str]) -> int:
    """
    Remove what is out of use; tell how many environments went.

    An environment stays while a name leads to it, and for `keep` after its last use; `wanted` are
    the digests of the requirements that names lead to. Does nothing while somebody builds.
    """
    if not places.folder.exists():
        return 0
    with places.lock.open("a") as lock:
        if not try_lock(lock.fileno()):
            return 0
        _clear(places.work)
        gone = [folder for folder in _built(places) if _is_out_of_use(folder, places, keep, wanted)]
        for folder in gone:
            remove(folder, places.work)
        _forget(places, keep)
        _remove_wheels(places)
        return len(gone)


def is_building(places: Places) -> bool:
    """Whether somebody, here or in another process, holds the lock of builds."""
    return places.lock.exists() and not is_free(places.lock)


def _is_out_of_use(folder: Path, places: Places, keep: timedelta, wanted: frozenset[str]) -> bool:
    serving = {
        resolved.digest
        for digest in wanted
        if (resolved := read_record(places.resolved(digest), Resolved)) is not None
    }
    serving |= {named.before for named in _named(places) if named.before is not None}
    return not _is_one_of(folder, serving, places) and _age(used_mark(folder)) > keep


def _is_one_of(folder: Path, digests: set[str], places: Places) -> bool:
    return folder in {places.built(digest) for digest in digests}


def _forget(places: Places, keep: timedelta) -> None:
    """Remove records of what is there no more, and of failures long ago."""
    for file in _files(places.folder / "resolved"):
        resolved = read_record(file, Resolved)
        if resolved is None or not places.built(resolved.digest).exists():
            file.unlink(missing_ok=True)
    for file in _files(places.folder / "failed"):
        if _age(file) > keep:
            file.unlink(missing_ok=True)


def _remove_wheels(places: Places) -> None:
    records = (read_record(record_of(folder), Built) for folder in _built(places))
    used = {key for built in records if built is not None for key in built.wheels}
    for folder in _files(places.folder / "wheels"):
        if folder.name not in used:
            remove(folder, places.work)


def _clear(work: Path) -> None:
    for folder in _files(work):
        shutil.rmtree(folder, ignore_errors=True)


def _named(places: Places) -> Iterator[Named]:
    for file in _files(places.folder / "named"):
        if (named := read_record(file, Named)) is not None:
            yield named


def _built(places: Places) -> list[Path]:
    return _files(places.folder / "built")


def _files(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return sorted(folder.iterdir())
    return []


def _age(file: Path) -> timedelta:
    """Tell how long ago a file was touched; one that is not there, long ago."""
    with suppress(FileNotFoundError):
        return timedelta(seconds=time.time() - file.stat().st_mtime)  # noqa: TID251 (a file's own clock)
    return timedelta.max
