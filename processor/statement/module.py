"""Dialect `module`: a whole Python file, which defines a node and what the node does."""

import ast
import warnings
from types import CodeType

from .compile import (
    BYTE_ORDER_MARK,
    FILENAME,
    TOO_LARGE,
    UNREADABLE,
    RejectedStatement,
    compiled,
    unreadable,
)
from .finding import Finding, lines_of

_DEFINES = frozenset({"get_node", "get_nodes", "get_definition", "get_definitions"})


def compile_module(source: str) -> CodeType:
    """Give a module's code; every line and column is the author's own. Raises RejectedStatement."""
    source = source.removeprefix(BYTE_ORDER_MARK)
    try:
        return compiled(ast.parse(source, FILENAME), lines_of(source))
    except UNREADABLE as error:
        raise RejectedStatement([unreadable(error, source)]) from None


def check_module(source: str) -> list[Finding]:
    """Give what is wrong with a module, as far as that is seen without running it."""
    source = source.removeprefix(BYTE_ORDER_MARK)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, FILENAME)
            compiled(tree, lines_of(source))
    except UNREADABLE as error:
        return [unreadable(error, source, TOO_LARGE)]
    return [] if _defines_a_node(tree) else [_no_node()]


def _defines_a_node(tree: ast.Module) -> bool:
    """Tell whether a module may define a node; one whose names come by `import *` may."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.ImportFrom() | ast.ClassDef(bases=[_, *_]):
                return True
            case _:
                pass
    return "run" in names and bool(names & _DEFINES)


def _no_node() -> Finding:
    return Finding(
        code="invalid_definition",
        severity="error",
        message="the module defines no node: it has no `get_node()` and `run(context)`",
        line=1,
        column=0,
        end_line=1,
        end_column=0,
        hint="define `get_node()` and `run(context)`, or a class from flow_like_wasm_sdk.WasmNode",
    )
