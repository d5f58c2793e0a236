"""
Calls of coroutine functions that nobody awaits: a warning, for it may be done on purpose.

Only where a name cannot mean anything else: one that is bound anywhere in the statement by
anything but a plain `async def` is not judged, in whatever scope.
"""

import ast
import builtins
from collections.abc import Iterator

from .finding import Finding
from .text import Text


def never_awaited(text: Text) -> Iterator[Finding]:
    """Warn of a statement that is only the call of a coroutine function (rule 7)."""
    names = _coroutine_functions(text)
    for block, may_await in _blocks(text.tree):
        for node in block:
            match node:
                case ast.Expr(value=ast.Call(func=ast.Name(id=name)) as call) if name in names:
                    begin, end = text.begin(call), text.end(call)
                    edits = (text.edit(begin, begin, "await "),) if may_await else ()
                    yield text.finding(
                        "never_awaited",
                        begin,
                        end,
                        f"`{name}(…)` is never awaited, so nothing of it happens",
                        hint=f"write `await {name}(…)`"
                        + ("" if may_await else ", in a function that is `async def`"),
                        severity="warning",
                        edits=edits,
                    )
                case _:
                    continue


def _coroutine_functions(text: Text) -> set[str]:
    plain: set[str] = set()
    other: set[str] = set()
    for node in text.nodes:
        if isinstance(node, ast.AsyncFunctionDef) and _is_plain(node):
            plain.add(node.name)
        else:
            other.update(_bound(node))
    not_built_in = {name for name in plain if not hasattr(builtins, name)}
    return (not_built_in | {"sleep"}) - other


def _is_plain(function: ast.AsyncFunctionDef) -> bool:
    """Whether calling it gives a coroutine: not undecided by a decorator, no generator."""
    waiting: list[ast.AST] = [*function.decorator_list, *function.body]
    if function.decorator_list:
        return False
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield):
            return False
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return True


def _bound(node: ast.AST) -> tuple[str, ...]:
    """Give the names that a part of the tree binds or unbinds by itself."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.alias(name=name, asname=asname):
            return (asname or name.partition(".")[0],)
        case (
            ast.ExceptHandler(name=str(name))
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
            | ast.MatchMapping(rest=str(name))
        ):
            return (name,)
        case _:
            return ()


def _blocks(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Give every block of the statement, and whether `await` may stand in it."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, True)]
    while waiting:
        node, may_await = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            may_await = False
        elif isinstance(node, ast.AsyncFunctionDef):
            may_await = True
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if not isinstance(inner, list):
                continue
            if field not in ("handlers", "cases"):
                yield inner, may_await
            waiting += [(child, may_await) for child in inner]
