"""A statement environment: what this deployment grants to a statement. A value."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


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
    """Modules that a warm process imports before it forks, in order."""


class Environments(Protocol):
    """Environments by name."""

    def get(self, name: str) -> Environment:
        """Give a built environment; raises EnvironmentNotReady where it is not."""
