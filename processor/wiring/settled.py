"""What the operator has settled, as the parts that are made of it."""

import ipaddress
import re
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from packaging.utils import canonicalize_name

from processor.config import Settings, environment_for_tools
from processor.egress import Budget, Outside, Resolver, read_ranges
from processor.environment import InstalledEnvironments, custom, shipped_packages
from processor.manifest import Manifest
from processor.runtime.forked import ForkedRuntime
from processor.runtime.wasm import NAME, Baked, Gateway, Runner, WasmRuntime
from processor.store.kept import Keeping, Room, Store
from processor.store.opening import Place, opened


def an_outside(settings: Settings, stack: AsyncExitStack) -> Outside:
    """Give how statements reach what is outside, as far as the operator lets them."""
    resolver = Resolver()
    stack.callback(resolver.close)
    return Outside(
        resolve=resolver,
        allowed=read_ranges(settings.egress.private_ranges),
        budget=Budget(bytes_moved=settings.egress.run_bytes),
    )


def a_runtime(settings: Settings, outside: Outside) -> ForkedRuntime:
    """Give the runtime of processes."""
    return ForkedRuntime(
        outside,
        ca_bundle=settings.egress.ca_bundle,
        least_level=least_level(settings),
        most_zygotes=settings.limits.zygotes,
        ready=settings.limits.ready,
    )


def a_wasm_runtime(settings: Settings, outside: Outside) -> WasmRuntime:
    """Give the runtime of WebAssembly; its nodes trust what other statements trust."""
    gateway = Gateway(outside=outside, ca_bundle=settings.egress.ca_bundle)
    return WasmRuntime(
        most_keepers=settings.limits.keepers, gateway=gateway, least_level=least_level(settings)
    )


def a_place(settings: Settings) -> Place:
    """Give where everything is kept."""
    return Place(settings.store, Path(settings.data_dir))


def a_store(settings: Settings) -> AbstractAsyncContextManager[Store]:
    """Give what opens the store."""
    limits = settings.limits
    room = Room(in_all=limits.jobs, of_tenant=settings.tenants.jobs)
    keeping = Keeping(room=room, lease=timedelta(seconds=limits.lease_seconds))
    return opened(a_place(settings), keeping, connections=limits.store_connections)


def installed_environments(
    settings: Settings, checkout: Path, manifest: Manifest, warms: Callable[[str], bool]
) -> InstalledEnvironments:
    """Give the environments that ship, as far as they are built."""
    return InstalledEnvironments(
        environments_dir=Path(settings.environments_dir),
        locks_dir=checkout / "locks",
        allowed_imports=manifest.allowed_imports,
        warms=warms,
    )


def a_workshop(settings: Settings, locks: Path) -> custom.Workshop:
    """Trust the packages that ship, and those that the operator names."""
    chosen = settings.custom
    named = frozenset(map(canonicalize_name, re.findall(r"[\w.-]+", chosen.trusted)))
    folder = Path(chosen.dir or Path(settings.data_dir, "environments")).absolute()
    return custom.Workshop(
        places=custom.Places(folder=folder),
        index=custom.Index(address=chosen.index, wheels_dir=chosen.wheels_dir),
        environ=environment_for_tools(),
        within=timedelta(seconds=chosen.build_seconds),
        most_bytes=chosen.build_bytes,
        trusted=shipped_packages(locks) | named,
        stop=threading.Event(),
    )


def a_bakery(workshop: custom.Workshop, runner: Runner) -> custom.Workshop:
    """Have runners with packages made, in a folder of their own for each runner of a release."""
    folder = workshop.places.folder / NAME / runner.folder.name
    return replace(workshop, places=custom.Places(folder=folder), craft=Baked(runner=runner))


def some_terms(settings: Settings, manifest: Manifest) -> custom.Terms:
    """Let bodies import what is Python's own and listed, beside their environment's packages."""
    listed = {name for names in manifest.allowed_imports.values() for name in names}
    return custom.Terms(
        keep=timedelta(days=settings.custom.keep_days),
        allowed_imports=frozenset(
            name for name in listed if name.partition(".")[0] in sys.stdlib_module_names
        ),
    )


def least_level(settings: Settings) -> int:
    """Give the level below which nothing is run."""
    match settings.least_isolation:
        case "auto":
            return 0 if is_loopback(settings.host) else 2
        case level:
            return int(level[1:])


def is_loopback(host: str) -> bool:
    """Whether only this machine gets to an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
