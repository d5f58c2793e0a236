"""
Locks of files, which the kernel frees when their process ends, however it ends.

The lock belongs to the open file, not to the process: two holders in one process exclude each
other, and a fork that is not followed by exec would keep the lock. What this service forks is
started by exec first, and the file is closed there.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processor.errors import ProcessorFault


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, after waiting for it. Raises ProcessorFault where it cannot be had."""
    handle = lock(path)
    try:
        yield
    finally:
        os.close(handle)


def lock(path: Path) -> int:
    """Give an open file that holds the lock, after waiting for it. Raises ProcessorFault."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ProcessorFault(f"{path} cannot be locked: {error}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        os.close(handle)
        raise
    return handle


def is_locked(path: Path) -> bool:
    """Tell whether anyone holds a file's lock; nobody holds the lock of a missing file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who ask at the same time do not see each other as the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
