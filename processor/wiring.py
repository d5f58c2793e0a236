"""The composition root: the only module that knows who is who."""

import asyncio
import ipaddress
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from processor.arrow import Arrow
from processor.check import Checker
from processor.config import Settings
from processor.egress import Budget, Outside, Resolver, read_ranges
from processor.engine import InlineEngine
from processor.environment import InstalledEnvironments
from processor.errors import EnvironmentNotReady, ProcessorFault
from processor.manifest import Manifest, read_manifest
from processor.pipeline import Pipeline
from processor.runtime.forked import ForkedRuntime, Proof, terms_of
from processor.schema import FolderSchemas, Repository
from processor.service import Parts, Readiness, create_app
from processor.step import Profile
from processor.store import sqlite
from processor.values import Json

log = structlog.get_logger()

GOODBYE_SECONDS: Final = 1.0
"""How long answers may take to leave, once no run is under way any more."""

PROOF_SECONDS: Final = 600.0
"""Between two times that the walls are tried."""

LEAST_CHECKS: Final = 2
"""Checks at a time, however few the slots: one that grinds must not hold up the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Processor:
    """Everything of one process, opened and connected."""

    manifest: Manifest
    profiles: Mapping[str, Profile]
    """The manifest's, within what the operator allows."""
    environments: InstalledEnvironments
    runtime: ForkedRuntime
    store: sqlite.SqliteStore
    schemas: Repository
    checker: Checker
    arrow: Arrow
    engine: InlineEngine

    def readiness(self) -> Readiness:
        """Tell whether runs are taken: the default profile's environment must be there."""
        names = dict.fromkeys(each.environment for each in self.manifest.profiles.values())
        zygotes = {name: self._zygote(name) for name in names}
        built = "missing" not in zygotes[self.manifest.default_profile.environment]
        ready = built and not self.engine.draining and not self.runtime.unproven
        isolation = dict(self.runtime.proof.told()) if self.runtime.proof else None
        details: dict[str, Json] = {
            "zygotes": [*zygotes.values()],
            "ready": [*self.runtime.waiting()],
            "isolation": isolation,
        }
        if self.runtime.unproven:
            details["isolation_unproven"] = self.runtime.unproven
        return Readiness(ready=ready, details=details)

    def _zygote(self, name: str) -> dict[str, Json]:
        try:
            return {"environment": name, "warm": self.runtime.warm(self.environments.get(name))}
        except EnvironmentNotReady as error:
            return {"environment": name, "missing": error.message}

    async def prove(self) -> None:
        """Run against the walls; raises ProcessorFault where they are too few, or do not hold."""
        name = self.manifest.default_profile.environment
        try:
            proof = await self.runtime.prove(self.environments.get(name))
        except EnvironmentNotReady as error:  # no run comes to pass either
            log.warning("isolation_not_proven", reason=error.message)
            return
        told = proof.told()
        (log.warning if "warning" in told else log.info)("isolation", **told)

    async def warm_up(self) -> None:
        """Warm the default profile's environment; what cannot be is logged, and tried by runs."""
        profile = self.profiles[self.manifest.default_profile.name]
        name = profile.environment
        try:
            environment = self.environments.get(name)
            await self.runtime.warm_up(environment, terms_of(profile.defaults, profile.network))
        except (EnvironmentNotReady, ProcessorFault, TimeoutError) as error:
            log.warning("environment_not_warm", name=name, reason=str(error))


@asynccontextmanager
async def opened(
    settings: Settings, checkout: Path, *, warms: Callable[[str], bool] = lambda _module: True
) -> AsyncIterator[Processor]:
    """Open everything that runs steps; `warms` tells which modules are imported ahead of runs."""
    manifest = read_manifest(checkout / "connector_manifest.json")
    environments = _environments(settings, checkout, manifest, warms)
    limits = settings.limits
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(sqlite.opened(Path(settings.data_dir)))
        schemas = Repository(
            kept=store.schemas, shipped=FolderSchemas(checkout / "schemas" / "data")
        )
        runtime = await stack.enter_async_context(_runtime(settings, stack))
        pipeline = Pipeline(
            environments=environments,
            schemas=schemas,
            runs=store.runs,
            runtime=runtime,
            slots=asyncio.Semaphore(limits.slots),
        )
        engine = InlineEngine(
            pipeline,
            most_jobs=limits.slots + limits.queue,
            drain=timedelta(seconds=limits.drain_seconds),
        )
        checker = Checker(
            environments,
            runtime,
            slots=max(limits.slots, LEAST_CHECKS),
            most_waiting=limits.queue,
        )
        yield Processor(
            manifest=manifest,
            profiles={
                name: profile.with_network_up_to(settings.egress.most)
                for name, profile in manifest.profiles.items()
            },
            environments=environments,
            runtime=runtime,
            store=store,
            schemas=schemas,
            checker=checker,
            arrow=Arrow(environments, runtime),
            engine=await stack.enter_async_context(engine),
        )


def _runtime(settings: Settings, stack: AsyncExitStack) -> ForkedRuntime:
    """Give the runtime, whose statements reach what is outside as far as the operator lets them."""
    resolver = Resolver()
    stack.callback(resolver.close)
    outside = Outside(
        resolve=resolver,
        allowed=read_ranges(settings.egress.private_ranges),
        budget=Budget(bytes_moved=settings.egress.run_bytes),
    )
    return ForkedRuntime(
        outside,
        ca_bundle=settings.egress.ca_bundle,
        least_level=least_level(settings),
        ready=settings.limits.ready,
    )


async def proof(settings: Settings, checkout: Path) -> Proof:
    """Run against the walls that this machine gives, however few; raises EnvironmentNotReady."""
    manifest = read_manifest(checkout / "connector_manifest.json")
    environments = _environments(settings, checkout, manifest, lambda _module: False)
    async with ForkedRuntime() as runtime:
        return await runtime.prove(environments.get(manifest.default_profile.environment))


async def serve(settings: Settings, checkout: Path, *, ready: Callable[[str], object]) -> None:
    """Serve until told to stop; calls `ready` with `listening on URL` once requests are taken."""
    _refuse_to_serve_strangers(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(settings, checkout) as processor:
        await processor.prove()
        async with _listening(processor, settings) as address, asyncio.TaskGroup() as tasks:
            warming = tasks.create_task(processor.warm_up())
            proving = tasks.create_task(_prove_again(processor))
            ready(f"listening on {address}")
            await stop.wait()
            log.info("stopping", drain_seconds=settings.limits.drain_seconds)
            warming.cancel()
            proving.cancel()
            await processor.engine.drain()


def _environments(
    settings: Settings, checkout: Path, manifest: Manifest, warms: Callable[[str], bool]
) -> InstalledEnvironments:
    return InstalledEnvironments(
        environments_dir=Path(settings.environments_dir),
        locks_dir=checkout / "locks",
        allowed_imports=manifest.allowed_imports,
        warms=warms,
    )


def least_level(settings: Settings) -> int:
    """Give the level below which nothing is run."""
    match settings.least_isolation:
        case "auto":
            return 0 if _is_loopback(settings.host) else 2
        case level:
            return int(level[1:])


async def _prove_again(processor: Processor) -> None:
    """Try the walls now and then: what held at start may have been changed on the machine."""
    while True:
        await asyncio.sleep(PROOF_SECONDS)
        try:
            await processor.prove()
        except (ProcessorFault, TimeoutError) as error:
            log.error("isolation_not_proven", reason=str(error))  # noqa: TRY400 (it says it all)


@asynccontextmanager
async def _listening(processor: Processor, settings: Settings) -> AsyncIterator[str]:
    app = create_app(_parts(processor), body_bytes=settings.limits.body_bytes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            message = f"cannot listen on {settings.host}:{settings.port}: {error}"
            raise ProcessorFault(message) from error
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _parts(processor: Processor) -> Parts:
    return Parts(
        engine=processor.engine,
        runs=processor.store.runs,
        checker=processor.checker,
        arrow=processor.arrow,
        checkpoints=processor.store.checkpoints,
        schemas=processor.schemas,
        profiles=processor.profiles,
        manifest=processor.manifest.content,
        readiness=processor.readiness,
    )


def _refuse_to_serve_strangers(settings: Settings) -> None:
    """Let only this machine call: callers are not asked who they are. Or the operator says so."""
    if settings.unauthenticated == "allow" or _is_loopback(settings.host):
        return
    raise ProcessorFault(
        f"{settings.host} is reachable from other machines and callers are not asked who they "
        'are; listen on 127.0.0.1, or set `unauthenticated = "allow"` where something in '
        "front of the service checks them"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
