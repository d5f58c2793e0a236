"""Serving, from the first proof of the walls to the last run."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from processor.config import Settings
from processor.errors import ProcessorFault
from processor.service import Connections, Parts, create_app

from .processor import Processor, opened
from .settled import is_loopback

log = structlog.get_logger()

GOODBYE_SECONDS: Final = 1.0
"""How long answers may take to leave, once no run is under way any more."""
BACKLOG: Final = 128
PROOF_SECONDS: Final = 600.0
"""Between two times that the walls are tried."""


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
    limits = settings.limits
    app = create_app(
        _parts(processor),
        body_bytes=limits.body_bytes,
        bodies_bytes=limits.bodies_bytes,
        local=settings.unauthenticated == "loopback",
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE_SECONDS)
    await runner.setup()
    try:
        assert runner.server is not None
        connections = Connections(runner.server, limits.connections)
        async with await _bound(connections, settings.host, settings.port) as listening:
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


def _parts(processor: Processor) -> Parts:
    return Parts(
        engine=processor.engine,
        environments=processor.environments,
        runs=processor.store.runs,
        checker=processor.checker,
        arrow=processor.arrow,
        simulator=processor.simulator,
        checkpoints=processor.store.checkpoints,
        schemas=processor.schemas,
        samples=processor.samples,
        profiles=processor.profiles,
        manifest=processor.manifest.content,
        readiness=processor.readiness,
    )


def _refuse_to_serve_strangers(settings: Settings) -> None:
    """Let only this machine call: callers are not asked who they are. Or the operator says so."""
    if settings.unauthenticated == "allow" or is_loopback(settings.host):
        return
    raise ProcessorFault(
        f"{settings.host} is reachable from other machines and callers are not asked who they "
        'are; listen on 127.0.0.1, or set `unauthenticated = "allow"` where something in '
        "front of the service checks them"
    )
