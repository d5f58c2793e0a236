"""The environments of this machine, by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from processor.errors import EnvironmentNotReady
from processor.identity import Tenant
from processor.step import Requirements

from .environment import Environment, EnvironmentSource
from .resolve import resolve


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledEnvironments:
    """Environments built into one folder; one that was ready stays so until the service ends."""

    environments_dir: Path
    locks_dir: Path
    allowed_imports: Mapping[str, Iterable[str]]
    """By environment; one that is not named here grants none."""
    warms: Callable[[str], bool]
    """Whether a module is imported ahead of the runs that may use it."""
    _ready: dict[str, Environment] = field(default_factory=dict)

    def of(self, _tenant: Tenant) -> Self:
        """See Environments: what ships is everybody's."""
        return self

    def get(self, source: EnvironmentSource) -> Environment:
        """Give a built environment; raises EnvironmentNotReady where it is not."""
        if isinstance(source, Requirements):
            message = "environments from requirements are built by a service, not by this command"
            raise EnvironmentNotReady(message)
        name = source
        if name not in self._ready:
            environment = resolve(
                name,
                environments_dir=self.environments_dir,
                locks_dir=self.locks_dir,
                allowed_imports=frozenset(self.allowed_imports.get(name, ())),
            )
            warmed = tuple(filter(self.warms, environment.preload))
            self._ready[name] = replace(environment, preload=warmed)
        return self._ready[name]

    async def prepare(self, source: EnvironmentSource, patience: timedelta) -> None:
        """Hold an environment to be there; these are built by a command of their own."""
        self.get(source)
