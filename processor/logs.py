"""How our own log events look. Called once, by the command line."""

import os
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog


def set_up_logs(form: Literal["console", "json"], *, quiet: bool = False) -> None:
    """
    Write events to standard error: standard output belongs to what a command answers.

    `quiet` leaves out what is not a warning, for commands whose user is an author.
    """
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("warning" if quiet else "info"),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lossy())),
    )


class _Lossy:
    """
    Standard error, which loses what cannot be written.

    A full disk behind it, or a reader that is gone, must not end a service that runs steps. Nothing
    is left in a buffer either, whose loss at the end would be the process's exit status.
    """

    def write(self, text: str) -> None:
        if sys.stderr is None:  # it was closed before this process began
            return
        try:
            descriptor = sys.stderr.fileno()
        except (OSError, ValueError):  # no file is behind it
            sys.stderr.write(text)
            return
        with suppress(OSError):
            os.write(descriptor, text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        if sys.stderr is not None:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
