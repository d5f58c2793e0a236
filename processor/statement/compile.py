"""
A statement to code: the body of an async function, made at the level of the syntax tree.

Pasting the text below a `def` was dropped: indenting it would change multi-line strings, shift
columns, and let a text with less indentation leave its function.
"""

import ast
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import CodeType, MappingProxyType
from typing import Any, Literal, TypeVar

from . import check
from .allowlist import Allowlist
from .finding import Finding, code_points, lines_of
from .readable import readable
from .text import Text, TypeHints
from .variables import resolve

FILENAME = "<statement>"
FUNCTION = "statement"

BYTE_ORDER_MARK = "\ufeff"
_TOO_NESTED = "the statement is nested too deeply for Python to compile"
TOO_LARGE = "the statement is too large or too deeply nested to check"
UNREADABLE = (SyntaxError, RecursionError, MemoryError, ValueError)
"""ValueError is for a null byte, or a lone surrogate."""


Node = TypeVar("Node", ast.arg, ast.Pass, ast.AsyncFunctionDef)


class RejectedStatement(Exception):
    """The statement does not compile or breaks a rule; `findings` has every reason."""

    def __init__(self, found: Sequence[Finding]) -> None:
        super().__init__(found[0].message)
        self.findings = tuple(found)


def compile_statement(
    source: str,
    names: Sequence[str],
    allowlist: Allowlist,
    type_hints: TypeHints = "reject",
    variables: Mapping[str, Any] = MappingProxyType({}),
) -> CodeType:
    """
    Give code that defines the async function `statement`, with `names` as its parameters.

    The names are parameters so that a statement may assign to them (rule 6). Every line and
    column is the author's own. Raises RejectedStatement.
    """
    try:
        text = _parsed(source, allowlist, type_hints, variables)
        broken = check.findings(text)
        if broken:
            raise RejectedStatement(broken)
        return compiled(_wrapped(text.tree, names), lines_of(text.source))
    except UNREADABLE as error:
        raise RejectedStatement([unreadable(error, source)]) from None


def check_statement(
    source: str,
    names: Sequence[str],
    allowlist: Allowlist,
    type_hints: TypeHints = "reject",
    variables: Collection[str] | None = None,
) -> list[Finding]:
    """
    Give everything that is wrong with a statement, warnings too, in the order of the text.

    Without the names of the step's local variables, no name of one is judged.
    """
    found: list[Finding] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = _parsed(source, allowlist, type_hints, dict.fromkeys(variables or ()))
            if variables is None:
                text = replace(text, unknown=())
            found += check.findings(text)
            found += check.warnings(text)
            compiled(_wrapped(text.tree, names), lines_of(text.source))
    except UNREADABLE as error:
        found.append(unreadable(error, source, TOO_LARGE))
    return check.in_order(found)


def _parsed(
    source: str, allowlist: Allowlist, type_hints: TypeHints, variables: Mapping[str, Any]
) -> Text:
    source = source.removeprefix(BYTE_ORDER_MARK)
    parseable = readable(source)
    tree = ast.parse(parseable.text, FILENAME)
    return Text(
        tree=tree,
        source=source,
        allowlist=allowlist,
        type_hints=type_hints,
        unknown=resolve(tree, parseable, variables),
        variables=list(variables),
    )


def unreadable(error: Exception, source: str, too_nested: str = _TOO_NESTED) -> Finding:
    """Give the finding that a text which cannot be parsed or compiled leaves."""
    match error:
        case SyntaxError():
            return _syntax_error(error, lines_of(source.removeprefix(BYTE_ORDER_MARK)))
        case RecursionError() | MemoryError():
            return _at_start(too_nested)
        case _:
            return _at_start(f"the statement cannot be read: {error}")


def compiled(
    tree: ast.Module | ast.Expression,
    lines: list[str],
    filename: str = FILENAME,
    *,
    mode: Literal["exec", "eval"] = "exec",
) -> CodeType:
    """Compile; a SyntaxError's columns then count code points, as those of the parser do."""
    try:
        code: CodeType = compile(tree, filename, mode, dont_inherit=True)
    except SyntaxError as error:
        error.offset = _in_code_points(error.lineno, error.offset, lines)
        error.end_offset = _in_code_points(error.end_lineno, error.end_offset, lines)
        raise
    return code


def _in_code_points(line: int | None, offset: int | None, lines: list[str]) -> int | None:
    if not line or not offset or offset < 1 or line > len(lines):
        return offset
    return code_points(lines[line - 1], offset - 1) + 1


def _wrapped(tree: ast.Module, names: Sequence[str]) -> ast.Module:
    parameters = ast.arguments(
        posonlyargs=[],
        args=[_at_first_line(ast.arg(arg=name)) for name in names],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    body = tree.body or [_at_first_line(ast.Pass())]
    function = ast.AsyncFunctionDef(name=FUNCTION, args=parameters, body=body, decorator_list=[])
    return ast.Module(body=[_at_first_line(function)], type_ignores=[])


def _at_first_line(node: Node) -> Node:
    node.lineno = node.end_lineno = 1
    node.col_offset = node.end_col_offset = 0
    return node


def _syntax_error(error: SyntaxError, lines: list[str]) -> Finding:
    line = min(max(error.lineno or 1, 1), len(lines))
    column = max((error.offset or 1) - 1, 0)
    end_line = max(error.end_lineno or line, line)
    end_column = error.end_offset - 1 if error.end_offset and error.end_offset > 0 else column
    return Finding(
        code="syntax_error",
        severity="error",
        message=error.msg,
        line=line,
        column=column,
        end_line=end_line,
        end_column=max(end_column, column) if end_line == line else end_column,
    )


def too_large_to_check() -> Finding:
    """Give the finding of a statement whose check had to be ended."""
    return _at_start(TOO_LARGE)


def _at_start(message: str) -> Finding:
    return Finding(
        code="syntax_error",
        severity="error",
        message=message,
        line=1,
        column=0,
        end_line=1,
        end_column=0,
    )
