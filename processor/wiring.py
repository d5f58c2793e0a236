"""The composition root: the only module that knows who is who."""

import asyncio
import ipaddress
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from processor.callback import read_secret
from processor.check import Checker
from processor.config import Settings
from processor.engine import Duty, InlineEngine, Queue, Worker, keep_house
from processor.environment import InstalledEnvironments
from processor.errors import EnvironmentNotReady, ProcessorFault
from processor.manifest import Manifest, read_manifest
from processor.pipeline import Pipeline
from processor.runtime.forked import ISOLATION, ForkedRuntime
from processor.schema import FolderSchemas, Repository
from processor.service import Parts, Readiness, Sender, create_app, opened_sender
from processor.store import sqlite
from processor.values import Json

log = structlog.get_logger()

GOODBYE_SECONDS: Final = 1.0
"""How long answers may take to leave, once no run is under way any more."""

LEAST_CHECKS: Final = 2
"""Checks at a time, however few the slots: one that grinds must not hold up the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Processor:
    """Everything of one process, opened and connected."""

    manifest: Manifest
    environments: InstalledEnvironments
    runtime: ForkedRuntime
    store: sqlite.SqliteStore
    schemas: Repository
    checker: Checker
    pipeline: Pipeline
    engine: InlineEngine

    def readiness(self) -> Readiness:
        """Tell whether runs are taken: the default profile's environment must be there."""
        names = dict.fromkeys(each.environment for each in self.manifest.profiles.values())
        zygotes = {name: self._zygote(name) for name in names}
        built = "missing" not in zygotes[self.manifest.default_profile.environment]
        ready = built and not self.engine.draining
        details: dict[str, Json] = {"zygotes": [*zygotes.values()], "isolation": dict(ISOLATION)}
        return Readiness(ready=ready, details=details)

    def _zygote(self, name: str) -> dict[str, Json]:
        try:
            return {"environment": name, "warm": self.runtime.warm(self.environments.get(name))}
        except EnvironmentNotReady as error:
            return {"environment": name, "missing": error.message}

    def worker(self, settings: Settings) -> Worker:
        """Give a worker of this process; it works while it is entered."""
        return Worker(
            self.store.jobs,
            self.engine,
            self.manifest.profiles,
            slots=settings.limits.slots,
        )

    async def warm_up(self) -> None:
        """Warm the default profile's environment; what cannot be is logged, and tried by runs."""
        name = self.manifest.default_profile.environment
        try:
            await self.runtime.warm_up(self.environments.get(name))
        except (EnvironmentNotReady, ProcessorFault, TimeoutError) as error:
            log.warning("environment_not_warm", name=name, reason=str(error))


@asynccontextmanager
async def opened(
    settings: Settings, checkout: Path, *, warms: Callable[[str], bool] = lambda _module: True
) -> AsyncIterator[Processor]:
    """Open everything that runs steps; `warms` tells which modules are imported ahead of runs."""
    manifest = read_manifest(checkout / "connector_manifest.json")
    environments = InstalledEnvironments(
        environments_dir=Path(settings.environments_dir),
        locks_dir=checkout / "locks",
        allowed_imports=manifest.allowed_imports,
        warms=warms,
    )
    limits = settings.limits
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            sqlite.opened(Path(settings.data_dir), most_waiting=limits.jobs)
        )
        schemas = Repository(
            kept=store.schemas, shipped=FolderSchemas(checkout / "schemas" / "data")
        )
        runtime = await stack.enter_async_context(ForkedRuntime())
        pipeline = Pipeline(
            environments=environments,
            schemas=schemas,
            runs=store.runs,
            runtime=runtime,
            slots=asyncio.Semaphore(limits.slots),
        )
        engine = InlineEngine(
            pipeline,
            jobs=store.jobs,
            notices=store.notices,
            most_jobs=limits.slots + limits.queue,
            drain=timedelta(seconds=limits.drain_seconds),
        )
        checker = Checker(
            environments,
            runtime,
            slots=max(limits.slots, LEAST_CHECKS),
            most_waiting=limits.queue,
        )
        engine = await stack.enter_async_context(engine)
        yield Processor(
            manifest=manifest,
            environments=environments,
            runtime=runtime,
            store=store,
            schemas=schemas,
            checker=checker,
            engine=engine,
            pipeline=pipeline,
        )


async def serve(settings: Settings, checkout: Path, *, ready: Callable[[str], object]) -> None:
    """
    Serve until told to stop; calls `ready` with `listening on URL` once requests are taken.

    With role `api` jobs are left to workers: this process only takes them in.
    """
    _refuse_to_serve_strangers(settings)
    stop = _told_to_stop()
    async with opened(settings, checkout) as processor:
        worker = processor.worker(settings)
        works = worker if settings.role == "all" else nullcontext()
        async with works, _listening(processor, worker, settings) as address:
            ready(f"listening on {address}")
            await _until(stop, processor, worker, settings)


async def work(settings: Settings, checkout: Path, *, ready: Callable[[str], object]) -> None:
    """Perform jobs until told to stop; calls `ready` with `working on FOLDER` once it does."""
    stop = _told_to_stop()
    async with opened(settings, checkout) as processor, processor.worker(settings) as worker:
        ready(f"working on {settings.data_dir}")
        await _until(stop, processor, worker, settings)


def _told_to_stop() -> asyncio.Event:
    """Give what is set once a signal tells us to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _until(
    stop: asyncio.Event, processor: Processor, worker: Worker, settings: Settings
) -> None:
    """Do what is to be done beside requests and jobs, until told to stop; then let runs end."""
    key = _callback_key(settings)
    log.warning("isolation", **ISOLATION)
    async with (
        opened_sender(processor.store.outbox, key, _may_be_sent_to(settings)) as sender,
        asyncio.TaskGroup() as tasks,
    ):
        warming = tasks.create_task(processor.warm_up())
        housekeeping = tasks.create_task(
            keep_house(duties(processor, worker, sender if key else None, settings))
        )
        await stop.wait()
        log.info("stopping", drain_seconds=settings.limits.drain_seconds)
        warming.cancel()
        housekeeping.cancel()
        await processor.engine.drain()


@asynccontextmanager
async def _listening(
    processor: Processor, worker: Worker, settings: Settings
) -> AsyncIterator[str]:
    parts = _parts(processor, worker, sends_callbacks=bool(settings.callbacks.secret))
    app = create_app(parts, body_bytes=settings.limits.body_bytes)
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


def duties(
    processor: Processor, worker: Worker, sender: Sender | None, settings: Settings
) -> list[Duty]:
    """Give what is done beside the runs, in every process; it does no harm to do it twice."""
    store, days = processor.store, settings.retention_days
    often, seldom = timedelta(seconds=0.5), timedelta(minutes=10)
    sending = [Duty("callbacks_sent", often, sender.send)] if sender else []
    return [
        Duty("joins_expired", often, store.joins.expire, worker.wake),
        Duty("schedules_fired", often, store.schedules.fire, worker.wake),
        Duty("runs_forgotten", seldom, partial(store.jobs.forget, days=days)),
        Duty("joins_forgotten", seldom, partial(store.joins.forget, days=days)),
        *sending,
    ]


def _parts(processor: Processor, worker: Worker, *, sends_callbacks: bool) -> Parts:
    store = processor.store
    return Parts(
        engine=processor.engine,
        queue=Queue(
            jobs=store.jobs,
            pipeline=processor.pipeline,
            wake=worker.wake,
            end=processor.engine.cancel,
        ),
        steps=store.steps,
        notices=store.notices,
        joins=store.joins,
        schedules=store.schedules,
        runs=processor.store.runs,
        checker=processor.checker,
        checkpoints=processor.store.checkpoints,
        schemas=processor.schemas,
        profiles=processor.manifest.profiles,
        manifest=processor.manifest.content,
        readiness=processor.readiness,
        sends_callbacks=sends_callbacks,
    )


def _callback_key(settings: Settings) -> bytes:
    """Give what callbacks are signed with; where nothing is set, none are put out."""
    secret = settings.callbacks.secret
    try:
        return read_secret(secret) if secret else b""
    except ValueError as error:
        raise ProcessorFault(f"`callbacks.secret` cannot be used: {error}") from None


def _may_be_sent_to(settings: Settings) -> Callable[[str], bool]:
    """Give what tells whether a callback may go to an address."""
    if settings.callbacks.private_addresses == "allow":
        return lambda _address: True
    return _is_public


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return found.is_global and not found.is_multicast


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
