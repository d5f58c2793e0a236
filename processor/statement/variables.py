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
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

NAME: Final = "LocalVariable"

_REFERENCE: Final = re.compile(r"\$\{\s*LocalVariable\.([^\W\d]\w*)\s*\}")
_ESCAPED: Final = re.compile(r"\$\{\{\s*LocalVariable\.")
_NO_CONVERSION: Final = -1
_BEFORE_AN_OPERAND: Final = frozenset(keyword.kwlist) - {"True", "False", "None"}
_OPEN_A_BLOCK: Final = frozenset({"match", "case"})
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

    def __getattribute__(self, name: str) -> Any:
        values = object.__getattribute__(self, "_values")
        # First: a variable may have any name, also one that every object has.
        return values[name] if name in values else object.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"there is no local variable {name!r}")

    def __getitem__(self, name: str) -> Any:
        return object.__getattribute__(self, "_values")[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("local variables are read-only")

    def __delattr__(self, name: str) -> None:
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
    resolving = _Resolving(source, values)
    resolving.resolve(tree)
    return resolving.unknown


def printed(value: Any) -> str:
    """
    Give a value as it stands in a text.

    >>> printed(None), printed("EU"), printed(999)
    ('null', 'EU', '999')
    """
    return "null" if value is None else str(value)


class _Resolving:
    """
    Substitutes in constants and f-strings, and looks at every name on the way.

    Goes through the tree without recursion: where Python can compile a statement, so can this.
    """

    def __init__(self, source: str, values: Mapping[str, Any]) -> None:
        self._source = source
        self._values = values
        self._verbatim: set[ast.expr] = set()
        self.unknown: list[Unknown] = []

    def resolve(self, tree: ast.Module) -> None:
        """Change a tree in place."""
        todo: list[ast.AST] = [tree]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.JoinedStr):
                self._join(node)
            for name, value in ast.iter_fields(node):
                if isinstance(value, list):
                    value[:] = [self._resolved(inner) for inner in value]
                    todo += [inner for inner in value if isinstance(inner, ast.AST)]
                elif isinstance(value, ast.AST):
                    new = self._resolved(value)
                    setattr(node, name, new)
                    todo.append(new)

    def _resolved(self, node: Any) -> Any:
        """Give what stands in a node's place."""
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == NAME:
                self._known(attribute, node)
                return _unmangled(node)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)) if (
                name == NAME
            ):
                self._known(key, node)
            case ast.Constant(value=str() as text) if node not in self._verbatim:
                node.value = self._substituted(text, node)
            case _:
                pass
        return node

    def _join(self, node: ast.JoinedStr) -> None:
        """Resolve what an f-string says itself, where `${{` is a text and no reference."""
        segment = ast.get_source_segment(self._source, node) or ""
        for part, following in pairwise(node.values):
            self._drop_dollar(part, following)
        if _ESCAPED.search(segment):
            self._verbatim.update(node.values)

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
                following.conversion = _NO_CONVERSION

    def _substituted(self, text: str, node: ast.expr) -> str:
        def value_of(reference: re.Match[str]) -> str:
            name = reference[1]
            return printed(self._values[name]) if self._known(name, node) else reference[0]

        return _REFERENCE.sub(value_of, text)

    def _known(self, name: str, node: ast.expr) -> bool:
        if name not in self._values:
            self.unknown.append(Unknown(name=name, node=node))
        return name in self._values


def _unmangled(node: ast.Attribute) -> ast.expr:
    """Give a name with two underscores as a key: as an attribute, a class would change it."""
    if not node.attr.startswith("__") or node.attr.endswith("__"):
        return node
    key = ast.copy_location(ast.Constant(node.attr), node)
    return ast.copy_location(ast.Subscript(value=node.value, slice=key, ctx=node.ctx), node)


def _is_local_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == NAME


def _dollars(lines: list[str]) -> Iterator[tuple[int, int]]:
    """
    Give where a `$` stands as a token of its own, and so neither in a string nor a comment.

    Not where an expression has ended before it: what follows in parentheses would call that.
    """
    ends = iter([line[:-1] + "\n" if line.endswith("\r") else line for line in lines])
    logical: list[tokenize.TokenInfo] = []
    with suppress(tokenize.TokenError, SyntaxError):  # the parser says it better
        for token in tokenize.generate_tokens(lambda: next(ends, "")):
            if token.type == tokenize.NEWLINE:
                yield from _operands(logical)
                logical = []
            elif token.type not in _NO_TOKENS and token.string.strip():
                logical.append(token)
    yield from _operands(logical)


def _operands(logical: list[tokenize.TokenInfo]) -> Iterator[tuple[int, int]]:
    """Give where each `$` of one logical line stands that may begin an operand."""
    opens = bool(logical) and logical[0].string in _OPEN_A_BLOCK and _has_colon(logical)
    for number, token in enumerate(logical):
        if token.string != "$":
            continue
        if number == 0 or (number == 1 and opens) or not _is_operand(logical[number - 1]):
            yield token.start


def _has_colon(logical: list[tokenize.TokenInfo]) -> bool:
    depth = 0
    for token in logical:
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        if token.string == ":" and depth == 0:
            return True
    return False


_NO_TOKENS: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT})


def _is_operand(token: tokenize.TokenInfo) -> bool:
    """Whether an expression may end with this token."""
    if token.type == tokenize.NAME:
        return token.string not in _BEFORE_AN_OPERAND
    ends = token.string in (")", "]", "}", "...")
    return ends or token.type in (tokenize.NUMBER, tokenize.STRING, _FSTRING_END)


_FSTRING_END: Final = getattr(tokenize, "FSTRING_END", tokenize.STRING)
