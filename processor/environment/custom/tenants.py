"""Environments with a name, as one tenant sees them: the name is its own, the folder shared."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from processor.environment.environment import Environment, EnvironmentSource
from processor.identity import DEFAULT_TENANT, Tenant

from .known import Description, KnownEnvironments
from .names import OF

_NOBODYS: Final = "~"
"""A name that can neither be given nor found."""


class TenantEnvironments:
    """
    Satisfies Environments for one tenant.

    Names are kept behind the tenant's, but for those of the tenant that was there before others.
    What they lead to is found by its requirements, and built once for whoever asks.
    """

    def __init__(self, known: KnownEnvironments, tenant: Tenant) -> None:
        self._known = known
        self._tenant = tenant
        self._before = "" if tenant == DEFAULT_TENANT else f"{tenant}{OF}"

    def of(self, tenant: Tenant) -> "TenantEnvironments":
        """See Environments."""
        return TenantEnvironments(self._known, tenant)

    def get(self, source: EnvironmentSource) -> Environment:
        """See Environments."""
        environment = self._known.get(self._kept(source))
        return replace(environment, name=source) if isinstance(source, str) else environment

    async def prepare(self, source: EnvironmentSource, patience: timedelta) -> None:
        """See Environments."""
        await self._known.prepare(self._kept(source), patience)

    def describe(self, name: str) -> Description:
        """See KnownEnvironments."""
        return replace(self._known.describe(self._named(name)), id=name)

    def names(self) -> list[str]:
        """Name every environment of the tenant that does not ship."""
        mine = (name for name in self._known.names() if name.startswith(self._before))
        names = (name.removeprefix(self._before) for name in mine)
        return [name for name in names if OF not in name]

    async def put(self, name: str, text: str) -> Description:
        """See KnownEnvironments."""
        return replace(await self._known.put(self._named(name), text), id=name)

    async def rebuild(self, name: str) -> Description:
        """See KnownEnvironments."""
        return replace(await self._known.rebuild(self._named(name)), id=name)

    async def drop(self, name: str) -> None:
        """See KnownEnvironments."""
        await self._known.drop(self._named(name))

    def _kept(self, source: EnvironmentSource) -> EnvironmentSource:
        return self._named(source) if isinstance(source, str) else source

    def _named(self, name: str) -> str:
        """Give the name that one is kept under; nobody reaches into another's by writing it out."""
        if OF in name:
            return _NOBODYS
        return name if self._known.ships(name) else self._before + name
