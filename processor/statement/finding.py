"""What is wrong with a statement, and where."""

import re
from dataclasses import dataclass
from typing import Final, Literal

LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""Where Python's tokenizer ends a line, and nowhere else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A range of the author's own text, and what to write in its place."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """
    One broken rule, at its place in the author's own text.

    Lines count from 1, columns from 0, in code points; a leading byte-order mark counts nothing.
    """

    code: str
    severity: Literal["error", "warning"]
    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    hint: str | None = None
    edits: tuple[Edit, ...] = ()
    """What mends it, where that can be done without understanding the statement."""


def lines_of(text: str) -> list[str]:
    r"""
    Split a text where Python's tokenizer does, and nowhere else.

    >>> lines_of("a = '\x0c'\r\nb")
    ["a = '\x0c'", 'b']
    """
    return LINE_END.split(text)


def code_points(line: str, utf8_offset: int) -> int:
    """
    Turn an offset in bytes, which syntax trees have, into one in code points.

    >>> code_points("é = x: int", 3)
    2
    """
    return len(line.encode("utf-8", "replace")[:utf8_offset].decode("utf-8", "ignore"))
