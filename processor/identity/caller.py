"""Who calls, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args

from .tenant import DEFAULT_TENANT, Tenant

Scope: TypeAlias = Literal[
    "run", "check", "checkpoint:read", "checkpoint:write", "admin", "metrics"
]
"""What a caller may do within a tenant; `admin` is all of it."""

ALL_SCOPES: Final = cast("tuple[Scope, ...]", get_args(Scope))


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """One who has shown who they are, or need not."""

    name: str
    """How logs call them: a key's id, a token's subject. Never a secret."""
    tenant: Tenant
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """
        Tell whether a caller has a scope, by itself or as an admin.

        >>> Caller(name="", tenant=Tenant("a"), scopes=frozenset({"admin"})).may("run")
        True
        """
        return scope in self.scopes or "admin" in self.scopes


ANYBODY: Final = Caller(name="anybody", tenant=DEFAULT_TENANT, scopes=frozenset(ALL_SCOPES))
"""Who calls where nobody is asked who they are."""


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """
    Read scopes by their names; raises ValueError for one that is not known.

    >>> sorted(read_scopes(["run", "check"]))
    ['check', 'run']
    """
    given = frozenset(names)
    unknown = sorted(given.difference(ALL_SCOPES))
    if unknown or not given:
        told = f"{unknown[0]!r:.80} is no scope" if unknown else "no scope is given"
        raise ValueError(f"{told}; known are {', '.join(ALL_SCOPES)}")
    return cast("frozenset[Scope]", given)
