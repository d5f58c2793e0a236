"""Which limit an exception comes from: the kernel's own words do not name it."""

import errno
from collections.abc import Mapping

_NO_THREAD = "can't start new thread"


def limit_behind(error: BaseException, limits: Mapping[str, int]) -> str | None:
    """
    Give a hint that names the limit and its value, where there is one behind an exception.

    >>> limit_behind(OSError(errno.ENOSPC, "No space left on device"), {"tmp_bytes": 4096})
    "the step's limits.tmp_bytes is 4096"
    """
    match error:
        case OSError(errno=errno.ENOSPC | errno.EFBIG):
            name = "tmp_bytes"
        case OSError(errno=errno.EMFILE):
            name = "open_files"
        case RuntimeError(args=(str(message),)) if message == _NO_THREAD:
            name = "threads"
        case _:
            return None
    return f"the step's limits.{name} is {limits[name]}"
