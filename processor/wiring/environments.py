"""Every environment that steps can ask for, opened and connected."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from processor.config import Settings
from processor.environment import custom, known
from processor.identity import DEFAULT_TENANT
from processor.manifest import Manifest
from processor.runtime.wasm import NAME, Runner, with_runner

from .settled import a_bakery, a_workshop, installed_environments, some_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedEnvironments:
    """The environments, and where those of WebAssembly lie."""

    all: custom.TenantEnvironments
    runner: Runner
    bakeries: Path
    """Where runners with packages lie, in a folder for each release's runner."""


@asynccontextmanager
async def opened_environments(
    settings: Settings, checkout: Path, manifest: Manifest, warms: Callable[[str], bool]
) -> AsyncIterator[OpenedEnvironments]:
    """Open those that ship, those from requirements, and those of runners with packages."""
    locks = checkout / "locks"
    installed = with_runner(installed_environments(settings, checkout, manifest, warms))
    workshop, terms = a_workshop(settings, locks), some_terms(settings, manifest)
    ships = frozenset((*known(locks), NAME)).__contains__
    bakery = a_bakery(workshop, installed.runner)
    of_runners = replace(terms, allowed_imports=installed.allowed_imports)
    async with custom.opened(installed, ships, bakery, of_runners) as baked:
        elsewhere = custom.TenantEnvironments(baked, DEFAULT_TENANT)
        async with custom.opened(installed, ships, workshop, terms, elsewhere) as everything:
            yield OpenedEnvironments(
                all=custom.TenantEnvironments(everything, DEFAULT_TENANT),
                runner=installed.runner,
                bakeries=bakery.places.folder.parent,
            )
