"""A statement environment: what this deployment grants to a statement. A value."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeAlias

from processor.identity import Tenant
from processor.step import Requirements


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """A built environment: an interpreter with packages of its own, and the allowlist."""

    name: str
    digest: str
    """`sha256:…` over the lock, the interpreter's version and the platform."""
    python: Path
    """The interpreter to execute; it finds its packages by itself."""
    python_version: str
    allowed_imports: frozenset[str]
    """Dotted module names; `a` does not list `a.b` (connector page), only `a.*` does."""
    preload: tuple[str, ...]
    """
    Modules that a warm process imports before it forks, in order.

    One with a `?` behind it may fail to: then the run that imports it is told.
    """
    apart: Path | None = None
    """
    A folder of packages that nobody vouches for: only a child imports them, behind the walls.

    The interpreter finds the others by itself. None where there are only those.
    """


EnvironmentSource: TypeAlias = str | Requirements
"""The name of an environment, or what it is to be built from."""


class Environments(Protocol):
    """Environments by name, or by what they are built from."""

    def of(self, tenant: Tenant) -> "Environments":
        """Give the environments as a tenant sees them: those that ship, and its own names."""

    def get(self, source: EnvironmentSource) -> Environment:
        """Give a built environment; raises EnvironmentNotReady where it is not."""

    async def prepare(self, source: EnvironmentSource, patience: timedelta) -> None:
        """
        Have an environment built that can be built now, and wait for it as long as asked.

        Raises EnvironmentNotReady where it is not there then.
        """
