"""
Edits that mend a finding without understanding the statement, and applying them.

Where it is not certain that an edit leaves everything else as it was, there is none: a comment in
the midst of what would go, an import whose names are used.
"""

import ast
import re
from collections.abc import Iterable
from typing import Final

from .finding import LINE_END, Edit
from .text import Text

_GAP: Final = re.compile(r"[ \t\f\r\n\\]*")
"""What may stand between two tokens, but for comments."""
_BEFORE_HINT: Final = re.compile(r"[ \t\f\r\n\\]*(?:\)[ \t\f\r\n\\]*)*:[ \t\f\r\n\\(]*")
_BEFORE_RETURNED: Final = re.compile(r"[ \t\f\r\n\\]*->[ \t\f\r\n\\(]*\Z")


def of_assignment(text: Text, node: ast.AnnAssign) -> tuple[Edit, ...]:
    """Make `x: int = 1` to `x = 1`, and `x: int` alone, which does nothing, to `pass`."""
    if node.value is None:
        return (text.edit(text.begin(node), text.end(node), "pass"),)
    target, hint = text.end(node.target), text.begin(node.annotation)
    before = _BEFORE_HINT.fullmatch(text.source, target, hint)
    if before is None:
        return ()
    colon = text.source.index(":", target, hint)
    end = _closed(text.source, text.end(node.annotation), before[0].partition(":")[2].count("("))
    return _gone(text, _trimmed(text.source, colon), end)


def of_parameter(text: Text, node: ast.arg, hint: ast.expr) -> tuple[Edit, ...]:
    """Make `def f(a: str)` to `def f(a)`."""
    begin = text.begin(node)
    between = text.source[begin : text.begin(hint)]
    if "#" in between:
        return ()
    return _gone(text, _trimmed(text.source, begin + between.index(":")), text.end(node))


def of_returned(text: Text, hint: ast.expr) -> tuple[Edit, ...]:
    """Make `def f() -> str:` to `def f():`."""
    line_of_hint = text.begin(hint)
    arrow = text.source.rfind("->", 0, line_of_hint)
    begin = _trimmed(text.source, arrow)
    before = _BEFORE_RETURNED.fullmatch(text.source, begin, line_of_hint)
    if before is None:
        return ()
    return _gone(text, begin, _closed(text.source, text.end(hint), before[0].count("(")))


def of_import(text: Text, node: ast.Import) -> tuple[Edit, ...]:
    """Make `import a.b as c` to `from a import b as c`, which gives the same module its name."""
    alias = node.names[0]
    parent, _, child = alias.name.rpartition(".")
    if len(node.names) > 1 or alias.asname is None or parent not in text.allowlist:
        return ()
    renamed = "" if alias.asname == child else f" as {alias.asname}"
    written = f"from {parent} import {child}{renamed}"
    return (text.edit(text.begin(node), text.end(node), written),)


def applied(source: str, edits: Iterable[Edit]) -> str:
    """
    Give the text with the edits made; of two that overlap, the first in the text is.

    >>> applied("x: int = 1", [Edit(line=1, column=1, end_line=1, end_column=6, text="")])
    'x = 1'
    """
    starts = [0, *(end.end() for end in LINE_END.finditer(source))]
    places = sorted(
        (starts[edit.line - 1] + edit.column, starts[edit.end_line - 1] + edit.end_column, edit)
        for edit in edits
    )
    parts: list[str] = []
    done = 0
    for begin, end, edit in places:
        if begin >= done:
            parts += source[done:begin], edit.text
            done = end
    return "".join([*parts, source[done:]])


def _gone(text: Text, begin: int, end: int | None) -> tuple[Edit, ...]:
    return () if end is None else (text.edit(begin, end, ""),)


def _closed(source: str, offset: int, parentheses: int) -> int | None:
    """Give where so many parentheses have been closed, or None where something else stands."""
    for _ in range(parentheses):
        gap = _GAP.match(source, offset)
        offset = gap.end() if gap else offset
        if source[offset : offset + 1] != ")":
            return None
        offset += 1
    return offset


def _trimmed(source: str, offset: int) -> int:
    """Give where the gap before an offset begins."""
    while offset and source[offset - 1] in " \t":
        offset -= 1
    return offset
