"""
Whether a statement can end without `return <list>`: a warning, for a path may never be taken.

What is believed: a condition can be true and false unless it is a constant, any exception handler
can be reached, a `with` lets exceptions pass unless it is called `suppress`.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from .finding import Finding
from .text import Text

_END: Final = "end"
_BREAK: Final = "break"
_CONTINUE: Final = "continue"
_Exits: TypeAlias = frozenset[str]
"""How a block can be left, but by `return` and `raise`: at its end, or out of a loop's round."""

_NONE: Final[_Exits] = frozenset()
_AT_END: Final[_Exits] = frozenset({_END})
_MESSAGE: Final = "the statement can end without `return`, and then gives None, which is no list"
_HINT: Final = "end every path with `return <list>`; `return []` where there are no rows"

_Scope: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


def missing_return(text: Text) -> Iterator[Finding]:
    """Warn of a way out of the statement that gives no rows (rules 1 and 5)."""
    own = list(_own(text.tree))
    if any(isinstance(node, ast.Yield) for node in own):
        return
    for node in own:
        if isinstance(node, ast.Return) and _is_none(node.value):
            begin, end = text.begin(node), text.end(node)
            message = "this `return` gives None, which is no list"
            yield text.finding(
                "missing_return", begin, end, message, hint=_HINT, severity="warning"
            )
    if _END in _exits(text.tree.body):
        begin, end = _last_statement(text)
        yield text.finding("missing_return", begin, end, _MESSAGE, hint=_HINT, severity="warning")


def _last_statement(text: Text) -> tuple[int, int]:
    """Give the range of the last statement, or of its first line where it has more."""
    if not text.tree.body:
        return 0, 0
    last = text.tree.body[-1]
    begin = text.begin(last)
    rest = text.line(last.lineno)[text.column(last.lineno, last.col_offset) :].rstrip()
    return begin, min(text.end(last), begin + len(rest))


def _own(tree: ast.Module) -> Iterator[ast.AST]:
    """Give every part of the body that is not in a function or class of its own."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _Scope):
            waiting += ast.iter_child_nodes(node)


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _exits(block: Sequence[ast.stmt]) -> _Exits:
    exits = _AT_END
    for statement in block:
        exits = (exits - _AT_END) | _exits_of(statement)
        if _END not in exits:
            break
    return exits


def _exits_of(statement: ast.stmt) -> _Exits:
    match statement:
        case ast.Break() | ast.Continue():
            return frozenset({_BREAK if isinstance(statement, ast.Break) else _CONTINUE})
        case ast.Return() | ast.Raise():
            return _NONE
        case ast.Assert(test=test):
            return _NONE if _constant(test) is False else _AT_END
        case _:
            return _exits_of_compound(statement)


def _exits_of_compound(statement: ast.stmt) -> _Exits:
    match statement:
        case ast.If():
            return _if(statement)
        case ast.While() | ast.For() | ast.AsyncFor():
            return _loop(statement)
        case ast.With() | ast.AsyncWith():
            return _exits(statement.body) | (_AT_END if _suppresses(statement) else _NONE)
        case ast.Try() | ast.TryStar():
            return _try(statement)
        case ast.Match():
            return _match(statement)
        case _:
            return _AT_END


def _if(statement: ast.If) -> _Exits:
    """Follow a chain of `elif` without going deeper: it may be longer than the stack."""
    exits = _NONE
    while True:
        constant = _constant(statement.test)
        if constant is not False:
            exits |= _exits(statement.body)
        if constant is True:
            return exits
        match statement.orelse:
            case [ast.If() as statement]:
                continue
            case orelse:
                return exits | _exits(orelse)


def _loop(statement: ast.While | ast.For | ast.AsyncFor) -> _Exits:
    inside = _exits(statement.body)
    left = _AT_END if _BREAK in inside else _NONE
    if isinstance(statement, ast.While) and _constant(statement.test) is True:
        return left
    return left | _exits(statement.orelse)


def _try(statement: ast.Try | ast.TryStar) -> _Exits:
    last = _exits(statement.finalbody)
    if _END not in last:
        return last
    exits = _exits([*statement.body, *statement.orelse])
    for handler in statement.handlers:
        exits |= _exits(handler.body)
    return exits | (last - _AT_END)


def _match(statement: ast.Match) -> _Exits:
    exits = _NONE
    for case in statement.cases:
        exits |= _exits(case.body)
        if case.guard is None and _takes_all(case.pattern):
            return exits
    return exits | _AT_END


def _takes_all(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchAs(pattern=inner):
            return inner is None or _takes_all(inner)
        case ast.MatchOr(patterns=patterns):
            return any(map(_takes_all, patterns))
        case _:
            return False


def _suppresses(statement: ast.With | ast.AsyncWith) -> bool:
    """Tell whether a `with` goes on after an exception, by the name of what it enters."""
    calls = (item.context_expr for item in statement.items)
    return any(isinstance(call, ast.Call) and _name(call.func) == "suppress" for call in calls)


def _name(function: ast.expr) -> str | None:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None


def _constant(test: ast.expr) -> bool | None:
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
            return not value
        case _:
            return None
