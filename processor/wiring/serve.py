"""Serving, from the first proof of the walls to the last run."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog
from aiohttp import web

from processor.config import Settings
from processor.engine import Worker, keep_house
from processor.errors import ProcessorFault
from processor.metrics import watch_loop
from processor.playground import SITE, read_site
from processor.service import Connections, create_app, create_health_app, opened_sender

from .admission import refuse_to_serve_strangers, serves_anybody
from .duties import callback_key, duties, may_be_sent_to
from .offices import offices
from .processor import Processor, opened
from .settled import a_place, is_loopback
from .tokens import known_callers

log = structlog.get_logger()

GOODBYE_SECONDS: Final = 1.0
"""How long answers may take to leave, once no run is under way any more."""
BACKLOG: Final = 128
PROOF_SECONDS: Final = 600.0
"""Between two times that the walls are tried."""


async def serve(
    settings: Settings,
    checkout: Path,
    *,
    ready: Callable[[str], object],
    sources: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """
    Serve until told to stop; calls `ready` with `listening on URL` once requests are taken.

    `sources` tells where each setting came from. With role `api` jobs are left to workers: this
    process only takes them in.
    """
    stop = _told_to_stop()
    async with opened(settings, checkout) as processor:
        await refuse_to_serve_strangers(settings, processor.store.keys)
        await processor.prove()
        worker = processor.worker(settings)
        works = worker if settings.role == "all" else nullcontext()
        async with works, _listening(processor, worker, settings, sources) as address:
            ready(f"listening on {address}")
            await _until(stop, processor, worker, settings)


async def work(settings: Settings, checkout: Path, *, ready: Callable[[str], object]) -> None:
    """Perform jobs until told to stop; calls `ready` with `working on STORE` once it does."""
    stop = _told_to_stop()
    async with opened(settings, checkout) as processor:
        port = settings.health_port
        if port:
            await refuse_to_serve_strangers(settings, processor.store.keys)
        await processor.prove()
        worker = processor.worker(settings)
        telling = _telling_health(processor, worker, settings) if port else nullcontext()
        async with worker, telling:
            ready(f"working on {a_place(settings)}")
            await _until(stop, processor, worker, settings)


def _told_to_stop() -> asyncio.Event:
    """Give what is set once a signal tells us to stop; a second one ends us at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        if stop.is_set():
            # As the signal would have without us: what is kept is whole at every instruction.
            loop.remove_signal_handler(number)
            os.kill(os.getpid(), number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)
    return stop


async def _until(
    stop: asyncio.Event, processor: Processor, worker: Worker, settings: Settings
) -> None:
    """Do what is to be done beside requests and jobs, until told to stop; then let runs end."""
    key = callback_key(settings)
    async with (
        opened_sender(processor.store.outbox, key, may_be_sent_to(settings)) as sender,
        asyncio.TaskGroup() as tasks,
    ):
        beside = [
            tasks.create_task(_warmed(processor)),
            tasks.create_task(_prove_again(processor)),
            tasks.create_task(watch_loop(processor.metrics.loop_lag)),
            tasks.create_task(
                keep_house(duties(processor, worker, sender if key else None, settings))
            ),
        ]
        await stop.wait()
        log.info("stopping", drain_seconds=settings.limits.drain_seconds)
        for task in beside:
            task.cancel()
        await processor.engine.drain()


async def _warmed(processor: Processor) -> None:
    """Warm the default environment, then the runner: it takes a minute where it has to be built."""
    await processor.warm_up()
    await processor.prepare_wasm()


async def _prove_again(processor: Processor) -> None:
    """Try the walls now and then: what held at start may have been changed on the machine."""
    while True:
        await asyncio.sleep(PROOF_SECONDS)
        try:
            await processor.prove()
        except (ProcessorFault, TimeoutError) as error:
            log.error("isolation_not_proven", reason=str(error))  # noqa: TRY400 (it says it all)


@asynccontextmanager
async def _listening(
    processor: Processor, worker: Worker, settings: Settings, sources: Mapping[str, str]
) -> AsyncIterator[str]:
    limits = settings.limits
    async with known_callers(settings, processor.store.keys) as callers:
        app = create_app(
            offices(processor, worker, settings, sources),
            callers,
            body_bytes=limits.body_bytes,
            bodies_bytes=limits.bodies_bytes,
            local=_is_local(settings),
            unauthenticated=serves_anybody(settings),
        )
        if (site := read_site()) is not None:
            app[SITE] = site
        async with _answering(app, settings, settings.port) as address:
            yield address


@asynccontextmanager
async def _telling_health(
    processor: Processor, worker: Worker, settings: Settings
) -> AsyncIterator[str]:
    async with known_callers(settings, processor.store.keys) as callers:
        app = create_health_app(
            offices(processor, worker, settings, {}),
            callers,
            local=_is_local(settings),
            unauthenticated=serves_anybody(settings),
        )
        async with _answering(app, settings, settings.health_port) as address:
            yield address


def _is_local(settings: Settings) -> bool:
    return settings.unauthenticated == "loopback" and is_loopback(settings.host)


@asynccontextmanager
async def _answering(app: web.Application, settings: Settings, port: int) -> AsyncIterator[str]:
    """Answer requests while the block lasts; gives the address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE_SECONDS)
    await runner.setup()
    try:
        assert runner.server is not None
        connections = Connections(runner.server, settings.limits.connections)
        async with await _bound(connections, settings.host, port) as listening:
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            yield f"http://{host}:{listening.sockets[0].getsockname()[1]}"
    finally:
        await runner.cleanup()


async def _bound(connections: Connections, host: str, port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(connections, host, port, backlog=BACKLOG)
    except OSError as error:
        raise ProcessorFault(f"cannot listen on {host}:{port}: {error}") from error
