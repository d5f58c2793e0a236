"""An exception, told in the author's own lines (rule 29)."""

import linecache
import traceback
from typing import Any

from processor.statement import FILENAME, SETUP_FILENAME, code_points, lines_of

LONGEST_MESSAGE = 8 << 10
LONGEST_TRACEBACK = 64 << 10

_AUTHORS = frozenset({FILENAME, SETUP_FILENAME})


def remember_lines(source: str, filename: str) -> None:
    """Let tracebacks show the author's text, which lies in no file."""
    lines = [f"{line}\n" for line in lines_of(source.removeprefix("\ufeff"))]
    linecache.cache[filename] = (len(source), None, lines, filename)


def describe(error: BaseException) -> dict[str, Any]:
    """Give an exception's type, message, the author's line, and a traceback of his frames only."""
    told = traceback.TracebackException.from_exception(error)
    _keep_author_frames(told)
    return {
        "type": type(error).__name__,
        "message": _message(error)[:LONGEST_MESSAGE],
        **_place(told.stack),
        "traceback": "".join(told.format())[-LONGEST_TRACEBACK:],
    }


def _place(stack: traceback.StackSummary) -> dict[str, int | None]:
    """Give where it was raised: in the statement, where that called what the setup defines."""
    if not stack:
        return {}
    frame = next((each for each in reversed(stack) if each.filename == FILENAME), stack[-1])
    return {
        "line": frame.lineno,
        "column": _column(frame.filename, frame.lineno, frame.colno),
        "end_line": frame.end_lineno,
        "end_column": _column(frame.filename, frame.end_lineno, frame.end_colno),
        "in_setup": True if frame.filename == SETUP_FILENAME else None,
    }


def _column(filename: str, line: int | None, utf8_offset: int | None) -> int | None:
    if line is None or utf8_offset is None:
        return None
    return code_points(linecache.getline(filename, line), utf8_offset)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as broken:  # also SystemExit: it is told, not obeyed
        return f"<its message could not be made: {type(broken).__name__}>"


def _keep_author_frames(told: traceback.TracebackException) -> None:
    chain: list[traceback.TracebackException | None] = [told]
    seen: set[int] = set()
    while chain:
        part = chain.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.stack[:] = [frame for frame in part.stack if frame.filename in _AUTHORS]
        chain += [part.__cause__, part.__context__, *(part.exceptions or ())]
