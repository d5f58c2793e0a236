"""
Local variables: `${LocalVariable.Name}` anywhere in a statement (rule 10).

Never pasted into the source. In code a reference is an expression (see `readable`); in texts and
bytes the value stands in the parsed constant, where it cannot change the parse.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from .readable import NAME, REFERENCE, Readable

_NO_CONVERSION: Final = -1


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


def resolve(tree: ast.Module, source: Readable, values: Mapping[str, Any]) -> list[Unknown]:
    """Put values into the strings of a parsed statement; give the names that are no variables."""
    if NAME not in source.text and not source.meant:
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

    def __init__(self, source: Readable, values: Mapping[str, Any]) -> None:
        self._meant = source.meant
        self._values = values
        # The longest first: a shorter one may be how it begins.
        stand_ins = sorted(source.meant, key=len, reverse=True)
        self._found = re.compile("|".join([REFERENCE.pattern, *stand_ins]))
        self.unknown: list[Unknown] = []

    def resolve(self, tree: ast.Module) -> None:
        """Change a tree in place."""
        todo: list[ast.AST] = [tree]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.JoinedStr):
                for part, following in pairwise(node.values):
                    self._drop_dollar(part, following)
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
            case ast.Attribute(value=ast.Name(id=name)) if name == NAME:
                node.attr = self._meant.get(node.attr, node.attr)
                self._known(node.attr, node)
                return _unmangled(node)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)) if (
                name == NAME
            ):
                self._known(key, node)
            case ast.Constant(value=str() as text):
                node.value = self._substituted(text, node)
            case ast.Constant(value=bytes() as content):
                node.value = _as_bytes(self._substituted(_as_text(content), node))
            case _:
                pass
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
                following.conversion = _NO_CONVERSION

    def _substituted(self, text: str, node: ast.expr) -> str:
        """Give a text with values for references, and for stand-ins what they stand for."""

        def value_of(found: re.Match[str]) -> str:
            if found[1] is None:
                return self._meant[found[0]]
            name = self._meant.get(found[1], found[1])
            return printed(self._values[name]) if self._known(name, node) else found[0]

        return self._found.sub(value_of, text)

    def _known(self, name: str, node: ast.expr) -> bool:
        if name not in self._values:
            self.unknown.append(Unknown(name=name, node=node))
        return name in self._values


def _as_text(content: bytes) -> str:
    """Give bytes as the text that they are in UTF-8, and what is none so that nothing is lost."""
    return content.decode("utf-8", "surrogateescape")


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _unmangled(node: ast.Attribute) -> ast.expr:
    """Give a name with two underscores as a key: as an attribute, a class would change it."""
    if not node.attr.startswith("__") or node.attr.endswith("__"):
        return node
    key = ast.copy_location(ast.Constant(node.attr), node)
    return ast.copy_location(ast.Subscript(value=node.value, slice=key, ctx=node.ctx), node)


def _is_local_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == NAME
