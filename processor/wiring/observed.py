"""A process as it is at a moment, put together for Prometheus."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final, cast

import structlog

from processor.config import CHECKOUT, Settings
from processor.environment import known
from processor.errors import ProcessorFault
from processor.job import Backlog
from processor.metrics import Page, Shelf, Snapshot, memory_by_process

from .processor import Processor

log = structlog.get_logger()

PATIENCE_SECONDS: Final = 3.0
"""For a store that does not answer: the rest is told without it."""
CUSTOM: Final = "custom"


async def page(processor: Processor, settings: Settings, accept: str) -> Page:
    """Give what Prometheus is answered."""
    return processor.metrics.page(await _snapshot(processor, settings), accept)


async def _snapshot(processor: Processor, settings: Settings) -> Snapshot:
    runtime, engine = processor.runtime, processor.engine
    memory = await asyncio.to_thread(memory_by_process)
    began = time.monotonic()
    backlog = await _backlog(processor)
    return Snapshot(
        ready=processor.readiness().ready,
        draining=engine.draining,
        slots=settings.limits.slots,
        runs_under_way=engine.under_way,
        shelves=tuple(_shelves(processor)),
        zygotes=runtime.zygotes,
        level=cast("int", runtime.proof.told()["level"]) if runtime.proof else None,
        walls_unproven=bool(runtime.unproven),
        memory=memory,
        egress=processor.outside.totals,
        backlog=backlog,
        store_seconds=None if backlog is None else time.monotonic() - began,
    )


async def _backlog(processor: Processor) -> Backlog | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await processor.store.backlog.look()
    except (ProcessorFault, TimeoutError) as error:
        log.warning("store_not_read", reason=str(error) or "it took too long")
        return None


def _shelves(processor: Processor) -> Iterator[Shelf]:
    """Give what waits by environment: those that authors have named are told together."""
    shipped = known(CHECKOUT / "locks")
    waiting: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for shelf in processor.runtime.waiting():
        name = str(shelf["environment"])
        if name.removesuffix(" (light)") not in shipped:
            name = CUSTOM
        waiting[name] += cast("int", shelf["waiting"])
        wanted[name] += cast("int", shelf["wanted"])
    for name, count in wanted.items():
        yield Shelf(environment=name, waiting=waiting[name], wanted=count)
