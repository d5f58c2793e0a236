"""What is wrong with a statement, and where."""

import re
from dataclasses import dataclass
from typing import Literal

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """
    One broken rule, at its place in the author's own text.

    Lines count from 1, columns from 0, in code points.
    """

    code: str
    severity: Literal["error", "warning"]
    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    hint: str | None = None


def lines_of(text: str) -> list[str]:
    r"""
    Split a text where Python's tokenizer does, and nowhere else.

    >>> lines_of("a = '\x0c'\r\nb")
    ["a = '\x0c'", 'b']
    """
    return _LINE_END.split(text)


def code_points(line: str, utf8_offset: int) -> int:
    """
    Turn an offset in bytes, which syntax trees have, into one in code points.

    >>> code_points("é = x: int", 3)
    2
    """
    return len(line.encode("utf-8", "replace")[:utf8_offset].decode("utf-8", "ignore"))
