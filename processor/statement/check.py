"""The rules that a statement is held against before it runs; one generator a rule."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, TypeAlias

from . import edits
from .awaiting import never_awaited
from .finding import Edit, Finding
from .flow import missing_return
from .text import Text

_Rule: TypeAlias = Callable[[Text], Iterator[Finding]]

_HINT_GONE = "remove the type hint; this Python Processor runs statements without them"
_UNFIXED: Final = (((3, 11), (3, 12)), ((3, 12), (3, 12, 9)), ((3, 13), (3, 13, 2)))
"""From which version on, and before which, CPython confuses types in `except*`."""


def findings(text: Text) -> list[Finding]:
    """Give every broken rule at once, in the order of the text."""
    return in_order(finding for rule in _RULES for finding in rule(text))


def warnings(text: Text) -> list[Finding]:
    """Give what is likely a mistake and stops no run, in the order of the text."""
    return in_order(finding for rule in _WARNINGS for finding in rule(text))


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """Sort findings by their place in the text."""
    return sorted(found, key=lambda finding: (finding.line, finding.column))


def type_hints(text: Text) -> Iterator[Finding]:
    """
    Refuse annotated assignments, parameters and returns (connector page; rule 3).

    The policy `assignments` lets the annotated assignments pass, `allow` everything.
    """
    edit: tuple[Edit, ...]
    for node in () if text.type_hints == "allow" else text.nodes:
        match node:
            case ast.AnnAssign() if text.type_hints == "assignments":
                continue
            case ast.AnnAssign(target=target, annotation=hint):
                message = f"type hint on `{_written(target)}`"
                edit = edits.of_assignment(text, node)
            case ast.arg(arg=name, annotation=ast.expr() as hint):
                message = f"type hint on parameter `{name}`"
                edit = edits.of_parameter(text, node, hint)
            case ast.FunctionDef(name=name, returns=ast.expr() as hint):
                message = f"type hint on what `{name}` returns"
                edit = edits.of_returned(text, hint)
            case ast.AsyncFunctionDef(name=name, returns=ast.expr() as hint):
                message = f"type hint on what `{name}` returns"
                edit = edits.of_returned(text, hint)
            case _:
                continue
        message = f"{message} is not allowed"
        begin, end = text.begin(hint), text.end(hint)
        yield text.finding("type_hint", begin, end, message, hint=_HINT_GONE, edits=edit)


def _written(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ast.unparse(target)


def imports(text: Text) -> Iterator[Finding]:
    """Refuse modules that are not listed, on their whole dotted name (rule 12)."""
    hint = lru_cache(text.allowlist.hint)
    for node in text.nodes:
        modules: list[tuple[str, ast.alias | ast.ImportFrom]]
        edit: tuple[Edit, ...] = ()
        match node:
            case ast.Import(names=names):
                modules = [(alias.name, alias) for alias in names]
                edit = edits.of_import(text, node)
            case ast.ImportFrom(module=module, level=level):
                modules = [("." * level + (module or ""), node)]
            case _:
                continue
        for name, place in modules:
            if name not in text.allowlist:
                yield text.finding(
                    "import_not_allowed",
                    text.begin(place),
                    text.end(place),
                    f"import of `{name}` is not allowed",
                    hint=hint(name),
                    edits=edit,
                )


def unknown_variables(text: Text) -> Iterator[Finding]:
    """Refuse references to local variables that the step does not have (rule 10)."""
    for unknown in text.unknown:
        message = f"there is no local variable `{unknown.name}`"
        hint = f"the step has: {', '.join(sorted(text.variables)) or 'none'}"
        begin, end = text.begin(unknown.node), text.end(unknown.node)
        yield text.finding("unknown_variable", begin, end, message, hint=hint)


def except_star(text: Text) -> Iterator[Finding]:
    """
    Refuse `except*` where the interpreter confuses types in it (rule 4; CVE-2025-22153).

    What an exception group's own `split` returns was taken for a pair of exceptions unseen, so that
    a statement could get hold of memory that is no object. Fixed in CPython 3.12.9 and 3.13.2;
    3.11, which statements run on, will not be. The walls hold all the same: this keeps an author
    from a crash, not an attacker from the interpreter, who has other ways.
    """
    if not any(since <= text.python < fixed for since, fixed in _UNFIXED):
        return
    version = ".".join(map(str, text.python))
    for node in text.nodes:
        if isinstance(node, ast.TryStar):
            handler = node.handlers[0]
            begin, end = text.begin(handler), text.end(handler.type or handler)
            message = f"`except*` is not allowed on Python {version}, which can crash in it"
            hint = "write `except ExceptionGroup as group:` and look into `group.exceptions`"
            yield text.finding("except_star", begin, end, message, hint=hint)


_RULES: tuple[_Rule, ...] = (type_hints, imports, unknown_variables, except_star)
_WARNINGS: tuple[_Rule, ...] = (missing_return, never_awaited)
