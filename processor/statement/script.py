"""
Dialect `script`: a module's text, whose last expression may be its result.

The text is compiled as it is, but for that expression, which is compiled apart so that its value
can be had. Nothing is refused but what is no Python: such a statement was written for a product
that isolates and forbids nothing.
"""

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import CodeType
from typing import Final

from .compile import (
    BYTE_ORDER_MARK,
    FILENAME,
    UNREADABLE,
    RejectedStatement,
    compiled,
    unreadable,
)
from .finding import Finding, lines_of

SETUP_FILENAME: Final = "<setup>"
IN_SETUP: Final = "in the setup script: "

_ONLY_IN_FUNCTIONS: Final[Mapping[str, str]] = {
    "'await' outside function": (
        "a node has no top-level await: put it into an `async def` and call "
        "`asyncio.run(…)`; what `queries` and `actions` do in an app does not exist here"
    ),
    "'return' outside function": "set `result`, or end with an expression: its value is the result",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """A compiled script: what runs first, and the expression at its end."""

    body: CodeType
    last: CodeType | None
    """Compiled to be evaluated; None where the last line is no expression."""


def compile_script(source: str, filename: str = FILENAME) -> Script:
    """
    Compile a script, each line under the author's own number; raises RejectedStatement.

    >>> compile_script("x = 1").last is None
    True
    """
    try:
        text = source.removeprefix(BYTE_ORDER_MARK)
        lines = lines_of(text)
        tree = ast.parse(text, filename)
        last = _take_last(tree)
        return Script(
            body=compiled(tree, lines, filename),
            last=compiled(last, lines, filename, mode="eval") if last else None,
        )
    except UNREADABLE as error:
        raise RejectedStatement([_told(unreadable(error, source), filename)]) from error


def check_script(source: str, setup: str) -> list[Finding]:
    """Give what is wrong with a script and its setup script; a finding of the latter says so."""
    found: list[Finding] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text, filename in ((setup, SETUP_FILENAME), (source, FILENAME)):
            try:
                compile_script(text, filename)
            except RejectedStatement as rejected:
                found += rejected.findings
    return [_at_start_of_statement(finding) for finding in found]


def _take_last(tree: ast.Module) -> ast.Expression | None:
    """Take the expression off the end of a module."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    return ast.Expression(body=last.value)


def _told(finding: Finding, filename: str) -> Finding:
    """Say which of the two texts is meant, and what to write instead where that is known."""
    hint = _ONLY_IN_FUNCTIONS.get(finding.message, finding.hint)
    if filename != SETUP_FILENAME:
        return replace(finding, hint=hint)
    return replace(finding, message=IN_SETUP + finding.message, hint=hint)


def _at_start_of_statement(finding: Finding) -> Finding:
    """Move a finding of the setup script to where the statement begins: its place is not there."""
    if not finding.message.startswith(IN_SETUP):
        return finding
    message = f"{finding.message} (line {finding.line})"
    return replace(finding, message=message, line=1, column=0, end_line=1, end_column=0)
