"""
CSV to lists of cells, by RFC 4180 and no more than it: what it cannot mean is refused.

Read as bytes, a record at a time, each no wider than the header: what is kept of a hostile text is
never much larger than one of its lines. The standard library's reader takes quotes anywhere, has
one limit for the whole process, and cannot tell an empty cell from an empty text.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, NoReturn, TypeAlias

from .ndjson import BOM
from .refused import refused

Delimiter: TypeAlias = Literal[",", ";", "\t", "|"]

DELIMITERS: Final[tuple[Delimiter, ...]] = (",", ";", "\t", "|")
MOST_COLUMNS: Final = 2000

_LONE_RETURN: Final = "a carriage return stands alone; end lines with CR LF or LF"
_LONE_QUOTE: Final = "a quote stands inside a cell; put the whole cell in quotes, and double it"
_QUOTED: Final = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"')
_BETWEEN_QUOTES: Final = re.compile(rb'[^"\n]*+')
_END: Final = re.compile(rb"\r?(?:\n|\Z)")


class Record(NamedTuple):
    """One record: the line that it begins in, and its cells. The first is the header."""

    line: int
    row: int | None
    cells: list[str | None]
    """None is a cell with nothing in it, "" one with two quotes."""


def sniffed(content: bytes) -> Delimiter:
    """Give the delimiter that the header has most of, outside quotes; a comma where it has none."""
    start = len(BOM) if content.startswith(BOM) else 0
    counts = dict.fromkeys(DELIMITERS, 0)
    while start < len(content):
        quoted = _QUOTED.match(content, start)
        start = quoted.end() if quoted else start
        match = _BETWEEN_QUOTES.match(content, start)
        assert match is not None  # (it matches nothing, too)
        for delimiter in DELIMITERS:
            counts[delimiter] += match[0].count(delimiter.encode())
        start = match.end()
        if content[start : start + 1] != b'"' or _QUOTED.match(content, start) is None:
            break
    return max(DELIMITERS, key=lambda delimiter: counts[delimiter])


def records(content: bytes, delimiter: Delimiter) -> Iterator[Record]:
    """
    Give the records of a CSV text, all as wide as the first.

    Blank lines are passed over, but where there is one column: there each is a row with nothing in
    it. Raises InputMismatch, with the line, for what is not UTF-8, not CSV, or not as wide.
    """
    reader = _Reader(content, delimiter.encode())
    while reader.at < len(content):
        line, row = reader.line, reader.row
        if (cells := reader.record()) is not None:
            yield Record(line, row, cells)
            reader.row = 0 if row is None else row + 1


class _Reader:
    """Where reading stands. `width` is the header's, once it has been read."""

    def __init__(self, content: bytes, delimiter: bytes) -> None:
        self.at = len(BOM) if content.startswith(BOM) else 0
        self.line = 1
        self.row: int | None = None
        self._content = content
        self._delimiter = delimiter
        self._width: int | None = None
        self._bare = re.compile(b'[^"\r\n' + re.escape(delimiter) + b"]*+")

    def record(self) -> list[str | None] | None:
        """Read one record; None for a blank line that is none."""
        end = self._content.find(b"\n", self.at)
        end = len(self._content) if end < 0 else end
        try:
            if self._content.find(b'"', self.at, end) < 0:
                cells = self._plain(end)
            else:
                cells = self._with_quotes()
        except UnicodeDecodeError:
            self._refuse("it is not UTF-8")
        self._width = self._width or (None if cells is None else len(cells))
        return cells

    def _plain(self, end: int) -> list[str | None] | None:
        text = self._content[self.at : end].removesuffix(b"\r")
        if b"\r" in text:
            self._refuse(_LONE_RETURN)
        if not text and self._width != 1:
            cells: list[str | None] | None = None
        else:
            self._check_width(text.count(self._delimiter) + 1)
            delimiter = self._delimiter.decode()
            cells = [cell or None for cell in text.decode().split(delimiter)]
        self.at = end + 1
        self.line += 1
        return cells

    def _with_quotes(self) -> list[str | None]:
        cells: list[str | None] = []
        while True:
            cells.append(self._cell())
            if self._content.startswith(self._delimiter, self.at):
                self._check_width(len(cells) + 1, ended=False)
                self.at += 1
                continue
            end = _END.match(self._content, self.at)
            if end is None:
                bare = self._content.startswith(b"\r", self.at)
                self._refuse(_LONE_RETURN if bare else _LONE_QUOTE)
            self._check_width(len(cells))
            self.at = end.end()
            self.line += 1
            return cells

    def _cell(self) -> str | None:
        if not self._content.startswith(b'"', self.at):
            bare = self._bare.match(self._content, self.at)
            assert bare is not None  # (it matches nothing, too)
            self.at = bare.end()
            return bare[0].decode() or None
        quoted = _QUOTED.match(self._content, self.at)
        if quoted is None:
            self._refuse("a quote opens here in this line and is never closed")
        cell = quoted[1].replace(b'""', b'"').decode()
        self.at = quoted.end()
        self.line += cell.count("\n")
        return cell

    def _check_width(self, width: int, *, ended: bool = True) -> None:
        if self._width is None:
            if width > MOST_COLUMNS:
                self._refuse(f"the header has more than {MOST_COLUMNS} columns")
        elif width > self._width or (ended and width < self._width):
            shown = width if ended else f"at least {width}"
            self._refuse(f"{shown} cells, and the header has {self._width}")

    def _refuse(self, message: str) -> NoReturn:
        raise refused(message, line=self.line, row=self.row)
