"""The import hook: judges the statement's own imports, never those that libraries make."""

import builtins
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from processor.statement import Allowlist


class ImportNotAllowed(ImportError):
    """A statement imported what is not listed."""

    __module__ = "builtins"  # an author's traceback names no module of ours

    def __init__(self, name: str, hint: str) -> None:
        super().__init__(f"import of `{name}` is not allowed")
        self.hint = hint


def restricted(allowlist: Allowlist) -> dict[str, Any]:
    """
    Give builtins whose `__import__` keeps the allowlist.

    Only the statement's globals hold them, so that whatever a listed library imports for itself
    passes, and a direct `__import__("os")` does not (rule 13). Compiled code that a statement calls
    has no globals of its own and borrows the statement's: `time.strptime` imports `_strptime` that
    way, with globals and an empty list, which neither an import nor a direct call has.
    """
    original = builtins.__import__

    def judged(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 (the interpreter's names)
        locals: Mapping[str, object] | None = None,  # noqa: A002 (the interpreter's names)
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if globals is not None and fromlist == []:
            return original(name, globals, locals, fromlist, level)
        if level or name not in allowlist:
            raise ImportNotAllowed("." * level + name, allowlist.hint(name))
        module = original(name, globals, locals, fromlist, 0)
        for wanted in fromlist or ():
            found = getattr(module, wanted, None)
            if isinstance(found, ModuleType) and not allowlist.admits(name, wanted, found.__name__):
                raise ImportNotAllowed(found.__name__, allowlist.hint(found.__name__))
        return module

    return {**vars(builtins), "__import__": judged}
