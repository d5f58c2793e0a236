"""A parsed statement beside the author's text: where in it a part of the tree stands."""

import ast
import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Literal, TypeAlias

from .allowlist import Allowlist
from .finding import LINE_END, Edit, Finding
from .variables import Unknown

TypeHints: TypeAlias = Literal["reject", "assignments", "allow"]
"""Which type hints pass: none, those of assignments (`x: int = 1`), all."""

Severity: TypeAlias = Literal["error", "warning"]
Located: TypeAlias = ast.stmt | ast.expr | ast.arg | ast.alias | ast.excepthandler


@dataclass(frozen=True, kw_only=True)
class Text:
    """A parsed statement beside the text that it came from, without a byte-order mark."""

    tree: ast.Module
    source: str
    allowlist: Allowlist
    type_hints: TypeHints = "reject"
    unknown: Sequence[Unknown] = ()
    """References to local variables that the step does not have."""
    variables: Sequence[str] = ()
    """Those that it has."""
    python: tuple[int, ...] = tuple(sys.version_info[:3])
    """The version of the interpreter that will run it."""
    _byte_offsets: dict[int, list[int]] = field(default_factory=dict)
    """By line that is not all ASCII: where its characters begin, in UTF-8."""

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every part of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in LINE_END.finditer(self.source))]

    def line(self, number: int) -> str:
        """Give a line, with its end."""
        end = self._starts[number] if number < len(self._starts) else None
        return self.source[self._starts[number - 1] : end]

    def column(self, line: int, utf8_offset: int) -> int:
        """Turn an offset in bytes, which syntax trees have, into one in code points."""
        text = self.line(line)
        if text.isascii():
            return min(utf8_offset, len(text))
        if line not in self._byte_offsets:
            widths = (len(character.encode("utf-8", "replace")) for character in text)
            self._byte_offsets[line] = list(accumulate(widths, initial=0))
        return bisect_right(self._byte_offsets[line], utf8_offset) - 1

    def begin(self, node: Located) -> int:
        """Give where a part of the tree begins, as an offset into the text."""
        return self._starts[node.lineno - 1] + self.column(node.lineno, node.col_offset)

    def end(self, node: Located) -> int:
        """Give where a part of the tree ends, as an offset into the text."""
        line = node.end_lineno or node.lineno
        return self._starts[line - 1] + self.column(line, node.end_col_offset or 0)

    def edit(self, begin: int, end: int, text: str) -> Edit:
        """Give the edit that writes `text` between two offsets."""
        (line, column), (end_line, end_column) = self._place(begin), self._place(end)
        return Edit(line=line, column=column, end_line=end_line, end_column=end_column, text=text)

    def finding(  # noqa: PLR0913 (a finding says all it knows; all but the first four are optional)
        self,
        code: str,
        begin: int,
        end: int,
        message: str,
        *,
        hint: str | None = None,
        severity: Severity = "error",
        edits: tuple[Edit, ...] = (),
    ) -> Finding:
        """Give the finding that marks the text between two offsets."""
        (line, column), (end_line, end_column) = self._place(begin), self._place(end)
        return Finding(
            code=code,
            severity=severity,
            message=message,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            hint=hint,
            edits=edits,
        )

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1]
