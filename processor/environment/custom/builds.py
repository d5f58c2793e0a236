"""Builds in the background: one at a time, each waited for by as many as want it."""

import asyncio
import time
from datetime import timedelta
from typing import Final

import structlog

from processor.environment.files import read_record
from processor.environment.tools import BuildStopped
from processor.environment.wheelhouse import State
from processor.errors import Busy
from processor.step import Requirements

from .build import Workshop, build
from .collect import is_building
from .places import Building, Failure, Resolved

log = structlog.get_logger()

MOST_WAITING: Final = 100
"""Builds that may wait for their turn; each may take minutes."""


class Builds:
    """Builds requirements in threads of its own; what it has begun goes on when nobody waits."""

    def __init__(self, workshop: Workshop, tasks: asyncio.TaskGroup) -> None:
        self._workshop = workshop
        self._places = workshop.places
        self._tasks = tasks
        self._turn = asyncio.Semaphore(1)
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def state(self, requirements: str) -> State:
        """Tell how far requirements, by their digest, are; the newest build decides."""
        if requirements in self._under_way or self._is_built_elsewhere(requirements):
            return State.BUILDING
        if self._places.failed(requirements).exists():
            return State.FAILED
        return State.NONE if self.resolved(requirements) is None else State.READY

    def resolved(self, requirements: str) -> Resolved | None:
        """Give what serves requirements, by their digest; None where nothing does."""
        resolved = read_record(self._places.resolved(requirements), Resolved)
        if resolved is None or not self._places.built(resolved.digest).exists():
            return None
        return resolved

    def failure(self, requirements: str) -> Failure | None:
        """Give why the newest build of requirements failed, if it did."""
        return read_record(self._places.failed(requirements), Failure)

    def start(self, requirements: Requirements) -> None:
        """Build requirements, unless that is under way; raises Busy where too many wait."""
        digest = requirements.digest
        if digest in self._under_way:
            return
        if len(self._under_way) >= MOST_WAITING:
            raise Busy(
                f"{len(self._under_way)} environments are waiting to be built", retry_after=30
            )
        task = self._tasks.create_task(self._build(requirements))
        self._under_way[digest] = task
        task.add_done_callback(lambda _: self._under_way.pop(digest))

    async def wait(self, requirements: Requirements, patience: timedelta) -> None:
        """Wait for a build that is under way, here or elsewhere, as long as the patience lasts."""
        deadline = time.monotonic() + patience.total_seconds()
        while self.state(requirements.digest) is State.BUILDING:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            task = self._under_way.get(requirements.digest)
            if task is None:
                await asyncio.sleep(min(left, 0.2))
            else:
                await asyncio.wait((task,), timeout=left)

    async def _build(self, requirements: Requirements) -> None:
        async with self._turn:
            if self._workshop.stop.is_set():
                return
            started = time.monotonic()
            try:
                await asyncio.to_thread(build, requirements, self._workshop)
            except BuildStopped:
                return
            except Exception:
                log.exception("environment_not_built", requirements=requirements.digest)
                return
        log.info(
            "environment_built",
            requirements=requirements.digest,
            state=self.state(requirements.digest).value,
            build_ms=round((time.monotonic() - started) * 1000),
        )

    def _is_built_elsewhere(self, requirements: str) -> bool:
        building = read_record(self._places.building, Building)
        return (
            building is not None and building.digest == requirements and is_building(self._places)
        )
