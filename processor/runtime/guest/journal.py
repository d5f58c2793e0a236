"""What an author sees in the log: `log`, print, standard error and warnings (rule 9)."""

import io
import sys
import warnings
from types import FrameType
from typing import TextIO

from processor.statement import FILENAME

from .wire import ENTRY, Sink, encoded, write_frame

LONGEST_ENTRIES = 10_000
LONGEST_BYTES = 1 << 20
LONGEST_MESSAGE = 64 << 10


class Journal:
    """Writes entries to the host until the run's budget for them is spent, then says so once."""

    def __init__(self, frames: Sink) -> None:
        self._frames = frames
        self._entries = LONGEST_ENTRIES
        self._bytes = LONGEST_BYTES
        self._error_told = False
        """How the run ends hangs on whether an error was logged, also after the log is full."""

    def write(self, level: str, message: object, source: str, line: int | None = None) -> None:
        """Write an entry; a line that is not given is where the statement stands."""
        if self._entries < 0:
            if level == "error" and not self._error_told:
                self._tell(level, f"(the log is full) {str(message)[:200]}", source, line)
            return
        text = str(message)
        if len(text) > LONGEST_MESSAGE:
            text = f"{text[:LONGEST_MESSAGE]}… ({len(text)} characters)"
        self._entries -= 1
        self._bytes -= len(text.encode("utf-8", "replace"))
        if self._entries < 0 or self._bytes < 0:
            self._entries = -1
            full = f"the log is full ({LONGEST_ENTRIES} entries, {LONGEST_BYTES} bytes a run)"
            self._tell("warn", full, "service", None)
            self.write(level, message, source, line)  # an error still counts
        else:
            author = line or _author_line(sys._getframe(1))  # noqa: SLF001 (the one way to see the caller)
            self._tell(level, text, source, author)

    def _tell(self, level: str, text: str, source: str, line: int | None) -> None:
        self._error_told |= level == "error"
        entry = {"level": level, "message": text, "source": source, "line": line}
        write_frame(self._frames, ENTRY, encoded(entry))


class Log:
    """The connector's logger API, as `log` in a statement."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def trace(self, message: object) -> None:
        """Log what helps to follow single steps."""
        self._journal.write("trace", message, "log")

    def debug(self, message: object) -> None:
        """Log what helps to find a mistake."""
        self._journal.write("debug", message, "log")

    def info(self, message: object) -> None:
        """Log what happened."""
        self._journal.write("info", message, "log")

    def warn(self, message: object) -> None:
        """Log what may be wrong."""
        self._journal.write("warn", message, "log")

    def error(self, message: object) -> None:
        """Log what is wrong; the statement goes on, and the run ends "finished with errors"."""
        self._journal.write("error", message, "log")


class Stream(io.TextIOBase):
    """A standard stream that ends in the journal, a line an entry."""

    def __init__(self, journal: Journal, source: str) -> None:
        self._journal = journal
        self._source = source
        self._rest = ""

    def writable(self) -> bool:
        """Say that this stream takes text."""
        return True

    def write(self, text: str) -> int:
        """Keep text until its line is whole."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._journal.write("info", line, self._source)
        if len(self._rest) > LONGEST_MESSAGE:
            self.close_line()
        return len(text)

    def close_line(self) -> None:
        """Write what is left of an unfinished line."""
        if self._rest:
            self._journal.write("info", self._rest, self._source)
        self._rest = ""


def capture(journal: Journal) -> tuple[Stream, Stream]:
    """Send print, standard error and warnings to the journal, and give the two streams."""
    sys.stdout, sys.stderr = out, err = Stream(journal, "print"), Stream(journal, "stderr")

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        place = lineno if filename == FILENAME else None
        journal.write("warn", f"{category.__name__}: {message}", "warning", place)

    warnings.showwarning = show
    return out, err


def _author_line(frame: FrameType | None) -> int | None:
    while frame is not None:
        if frame.f_code.co_filename == FILENAME:
            return frame.f_lineno
        frame = frame.f_back
    return None
