"""Which limit an exception comes from: the kernel's own words do not name it."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass

_CODES = {"open_files": "file_limit", "threads": "thread_limit", "tmp_bytes": "tmp_limit"}
_NO_THREAD = "can't start new thread"
_SQLITE_FULL = 13
_TMP = "/tmp"  # noqa: S108 (the only writable place inside)


@dataclass(frozen=True, slots=True)
class Met:
    """A limit that a run has met, as its error tells it."""

    code: str
    message: str
    hint: str


def limit_behind(error: BaseException, limits: Mapping[str, int]) -> Met | None:
    """
    Give the limit that an exception comes from, if there is one behind it.

    >>> limit_behind(OSError(errno.EFBIG, "File too large"), {"tmp_bytes": 4096}).message
    'the run passed its limit tmp_bytes of 4,096'
    """
    name = _name(error)
    if name is None or name not in limits:
        return None
    if getattr(error, "errno", None) == errno.ENOSPC and (files := _files_used_up()):
        message = f"the run's /tmp has room for {files:,} files, however small"
        return Met(_CODES[name], message, "put more into a file, or remove what is done with")
    return Met(
        _CODES[name],
        f"the run passed its limit {name} of {limits[name]:,}",
        f"change `limits.{name}` of the step, or use less at a time",
    )


def _name(error: BaseException) -> str | None:
    match error:
        case OSError(errno=errno.ENOSPC | errno.EFBIG | errno.EDQUOT):
            return "tmp_bytes"
        case OSError(errno=errno.EMFILE):
            return "open_files"
        case RuntimeError(args=(str(message),)) if message == _NO_THREAD:
            return "threads"
        case _ if getattr(error, "sqlite_errorcode", None) == _SQLITE_FULL:
            return "tmp_bytes"
        case _:
            return None


def _files_used_up() -> int:
    """Give for how many files there is room, where none is left; or 0."""
    try:
        room = os.statvfs(_TMP)
    except OSError:
        return 0
    return 0 if room.f_favail else room.f_files
