"""Which modules a statement may import. Product policy, not the boundary: that is the jail."""

import difflib
from typing import Final

TREE: Final = ".*"
"""The end of an entry that lists a module with all that is below it."""


class Allowlist:
    """
    Exact dotted module names; listing `a` does not list `a.b` (connector page, "Allowed imports").

    >>> "xml.etree" in Allowlist({"xml"})
    False

    Only `a.*` does: it lists `a` and every module below it (rule 16).

    >>> [name in Allowlist({"xml.*"}) for name in ("xml", "xml.etree.ElementTree", "xmlrpc")]
    [True, True, False]
    """

    def __init__(self, names: frozenset[str] | set[str]) -> None:
        self._listed = frozenset(names)
        self._names = frozenset(map(root, names))
        self._trees = tuple(name.removesuffix("*") for name in names if name.endswith(TREE))

    def __contains__(self, name: object) -> bool:
        return name in self._names or f"{name}.".startswith(self._trees)

    def admits(self, module: str, name: str, found: str) -> bool:
        """
        Whether `from module import name` may give the module that it gives.

        `found` is that module's own name. A submodule of a listed module is fine, a stranger that
        the listed module happens to hold is not.

        >>> Allowlist({"matplotlib"}).admits("matplotlib", "subprocess", "subprocess")
        False
        """
        return found in self or found == f"{module}.{name}" or found.startswith(f"{module}.")

    def hint(self, name: str) -> str:
        """Give the nearest spelling that is allowed, and all that is."""
        nearest = self._nearest(name)
        listed = f"allowed are: {', '.join(sorted(self._listed))}"
        return f"{nearest}; {listed}" if nearest else listed

    def _nearest(self, name: str) -> str | None:
        parent, _, child = name.rpartition(".")
        while parent:
            if parent in self._names:
                return f"write `from {parent} import {child.partition('.')[0]}`"
            parent, _, above = parent.rpartition(".")
            child = f"{above}.{child}"
        near = difflib.get_close_matches(name, self._names, n=1, cutoff=0.75)
        return f"did you mean `import {near[0]}`?" if near else None


def root(listed: str) -> str:
    """
    Give the module that an entry of an allowlist names, with or without those below it.

    >>> root("xml.*"), root("xml.etree")
    ('xml', 'xml.etree')
    """
    return listed.removesuffix(TREE)
