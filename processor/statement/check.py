"""The rules that a statement must keep before it runs; one generator a rule."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .allowlist import Allowlist
from .finding import Finding, code_points

TypeHints: TypeAlias = Literal["reject", "assignments", "allow"]
"""Which type hints pass: none, those of assignments (`x: int = 1`), all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A parsed statement beside the lines that it came from."""

    tree: ast.Module
    lines: list[str]
    allowlist: Allowlist
    type_hints: TypeHints


Located: TypeAlias = ast.stmt | ast.expr | ast.arg | ast.alias

_HINT_GONE = "remove the type hint; this Python Processor runs statements without them"


def findings(text: Text) -> list[Finding]:
    """Give every broken rule at once, in the order of the text."""
    found = [finding for rule in _RULES for finding in rule(text)]
    return sorted(found, key=lambda finding: (finding.line, finding.column))


def type_hints(text: Text) -> Iterator[Finding]:
    """
    Refuse annotated assignments, parameters and returns (connector page; rule 3).

    The policy `assignments` lets the annotated assignments pass, `allow` everything.
    """
    for node in () if text.type_hints == "allow" else ast.walk(text.tree):
        match node:
            case ast.AnnAssign() if text.type_hints == "assignments":
                continue
            case ast.AnnAssign(target=target, annotation=hint):
                message = f"type hint on `{ast.unparse(target)}`"
            case ast.arg(arg=name, annotation=ast.expr() as hint):
                message = f"type hint on parameter `{name}`"
            case ast.FunctionDef(name=name, returns=ast.expr() as hint):
                message = f"type hint on what `{name}` returns"
            case ast.AsyncFunctionDef(name=name, returns=ast.expr() as hint):
                message = f"type hint on what `{name}` returns"
            case _:
                continue
        yield _finding(text, "type_hint", hint, f"{message} is not allowed", _HINT_GONE)


def imports(text: Text) -> Iterator[Finding]:
    """Refuse modules that are not listed, on their whole dotted name (rule 12)."""
    for node in ast.walk(text.tree):
        modules: list[tuple[str, Located]]
        match node:
            case ast.Import(names=names):
                modules = [(alias.name, alias) for alias in names]
            case ast.ImportFrom(module=module, level=level):
                modules = [("." * level + (module or ""), node)]
            case _:
                continue
        for name, place in modules:
            if name not in text.allowlist:
                message = f"import of `{name}` is not allowed"
                hint = text.allowlist.hint(name)
                yield _finding(text, "import_not_allowed", place, message, hint)


_RULES: tuple[Callable[[Text], Iterator[Finding]], ...] = (type_hints, imports)


def _finding(text: Text, code: str, node: Located, message: str, hint: str) -> Finding:
    end_line = node.end_lineno or node.lineno
    return Finding(
        code=code,
        severity="error",
        message=message,
        line=node.lineno,
        column=code_points(text.lines[node.lineno - 1], node.col_offset),
        end_line=end_line,
        end_column=code_points(text.lines[end_line - 1], node.end_col_offset or 0),
        hint=hint,
    )
