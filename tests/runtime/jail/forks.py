"""Running a function in a forked child, and what it said."""

import json
import os
from collections.abc import Callable

from processor.values import Json


def in_child(function: Callable[[], Json], fork: Callable[[], int] = os.fork) -> Json:
    """Give what the function gives in a child of its own, or its error as text."""
    read, write = os.pipe()
    process = fork()
    if process == 0:
        os.close(read)
        try:
            told = function()
        except BaseException as error:  # noqa: BLE001 (the parent must hear of it)
            told = f"{type(error).__name__}: {error}"
        os.write(write, json.dumps(told).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as reading:
        content = reading.read()
    os.waitpid(process, 0)
    said: Json = json.loads(content) if content else None
    return said


def exit_code_of_child(function: Callable[[], object]) -> int:
    """Give how a child ends that calls the function; a signal is negative."""
    process = os.fork()
    if process == 0:
        try:
            function()
        finally:
            os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)
