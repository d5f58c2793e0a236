"""
Local variables: `${LocalVariable.Name}` anywhere in a statement (rule 10).

Never pasted into the source. In code the braces become parentheses of the same width, so that no
column moves; in strings the text stands in the parsed constant, where it cannot change the parse.
"""

import ast
import keyword
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

NAME: Final = "LocalVariable"

_REFERENCE: Final = re.compile(r"\$\{\s*LocalVariable\.([A-Za-z_]\w*)\s*\}")
_ESCAPED: Final = re.compile(r"\$\{\{\s*LocalVariable\.")
_LINES: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class Variables:
    """
    The typed values, read-only, by attribute or by key.

    >>> Variables({"N": 41}).N + Variables({"N": 1})["N"]
    42
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"there is no local variable {name!r}") from None

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("local variables are read-only")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """A name that is no variable of the step, and the part of the tree that has it."""

    name: str
    node: ast.expr


def in_code(source: str) -> str:
    """
    Give the source with every reference in code as an expression of the same width.

    >>> in_code("x = ${LocalVariable.N} + 1")
    'x = ( LocalVariable.N) + 1'
    >>> in_code("x = '${LocalVariable.N}'")
    "x = '${LocalVariable.N}'"
    """
    if "${" not in source:
        return source
    lines = _LINES.findall(source)
    for row, column in reversed(list(_dollars(lines))):
        line = lines[row - 1]
        reference = _REFERENCE.match(line, column)
        if reference:
            lines[row - 1] = f"{line[:column]}( {reference[0][2:-1]}){line[reference.end() :]}"
    return "".join(lines)


def resolve(tree: ast.Module, source: str, values: Mapping[str, Any]) -> list[Unknown]:
    """Put values into the strings of a parsed statement; give the names that are no variables."""
    if NAME not in source:
        return []
    strings = _Strings(source, values)
    strings.visit(tree)
    return strings.unknown


def printed(value: Any) -> str:
    """
    Give a value as it stands in a text.

    >>> printed(None), printed("EU"), printed(999)
    ('null', 'EU', '999')
    """
    return "null" if value is None else str(value)


class _Strings(ast.NodeTransformer):
    """Substitutes in constants and f-strings, and looks at every name on the way."""

    def __init__(self, source: str, values: Mapping[str, Any]) -> None:
        self._source = source
        self._values = values
        self.unknown: list[Unknown] = []

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if _is_local_variable(node.value):
            self._known(node.attr, node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if _is_local_variable(node.value) and isinstance(node.slice, ast.Constant):
            self._known(str(node.slice.value), node)
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = self._substituted(node.value, node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        segment = ast.get_source_segment(self._source, node) or ""
        for part, following in pairwise(node.values):
            self._drop_dollar(part, following)
        for part in node.values:
            if isinstance(part, ast.Constant) and not _ESCAPED.search(segment):
                part.value = self._substituted(str(part.value), node)
            elif isinstance(part, ast.FormattedValue):
                self.visit(part)
        return node

    def _drop_dollar(self, part: ast.expr, following: ast.expr) -> None:
        """Turn `$` and `{LocalVariable.X}` into the value, of which None prints as null."""
        if not isinstance(part, ast.Constant) or not isinstance(following, ast.FormattedValue):
            return
        named = following.value
        if not isinstance(named, ast.Attribute) or not _is_local_variable(named.value):
            return
        if str(part.value).endswith("$"):
            part.value = str(part.value)[:-1]
            if self._values.get(named.attr, named) is None:
                following.value = ast.copy_location(ast.Constant("null"), named)

    def _substituted(self, text: str, node: ast.expr) -> str:
        def value_of(reference: re.Match[str]) -> str:
            name = reference[1]
            return printed(self._values[name]) if self._known(name, node) else reference[0]

        return _REFERENCE.sub(value_of, text)

    def _known(self, name: str, node: ast.expr) -> bool:
        if name not in self._values:
            self.unknown.append(Unknown(name=name, node=node))
        return name in self._values


def _is_local_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == NAME


def _dollars(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Give where a `$` stands as a token of its own, and so neither in a string nor a comment."""
    ends = iter([line[:-1] + "\n" if line.endswith("\r") else line for line in lines])
    before = ""
    try:
        for token in tokenize.generate_tokens(lambda: next(ends, "")):
            if token.string == "$" and not _is_operand(before):
                yield token.start
            if token.string.strip():
                before = token.string
    except (tokenize.TokenError, SyntaxError):
        return  # the parser says it better


def _is_operand(text: str) -> bool:
    """Whether an expression ends here, so that what follows in parentheses would call it."""
    word = text.isidentifier() and not keyword.iskeyword(text)
    return word or text[-1:] in (")", "]", "}", '"', "'") or text[:1].isdigit()
