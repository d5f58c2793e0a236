"""Whether the data folder takes what runs leave there."""

import os
import tempfile
from pathlib import Path
from typing import Final

ROOM_BYTES: Final = 1 << 20
"""Of a run's answer, checkpoint and log most are far smaller."""


def why_no_room(folder: Path) -> str | None:
    """
    Say why the folder takes nothing more, in the system's words; None where it does.

    The room is really taken, in a file without a name, since quotas and read-only mounts show in no
    figure of free space.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, ROOM_BYTES)
    except OSError as error:
        return error.strerror or str(error)
    return None
