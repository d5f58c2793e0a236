"""One build: requirements to a lock, the lock to a folder, and then, at once, into service."""

import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from processor.environment.files import write_whole
from processor.environment.tools import Room, Tools, passed_on
from processor.errors import EnvironmentNotReady
from processor.step import Requirements

from .craft import Craft, Shop, make
from .folders import Folders
from .index import Index
from .lock import Interpreter, resolve
from .places import Building, Failure, Places, Resolved


@dataclass(frozen=True, kw_only=True, slots=True)
class Workshop:
    """All that builds need beside what they build."""

    places: Places
    index: Index
    environ: Mapping[str, str]
    """The service's own environment, of which only what package tools need is passed on."""
    within: timedelta
    most_bytes: int
    trusted: frozenset[str]
    """Packages whose code may run in a warm process, ahead of the walls."""
    stop: threading.Event
    """Set when the service ends: whatever is being built is left."""
    craft: Craft = field(default_factory=Folders)
    """Which kind of environment is built."""


def build(requirements: Requirements, workshop: Workshop) -> None:
    """
    Build requirements anew, and put them into service, or leave the reason why not.

    What served before serves on until then. Raises BuildStopped where the service ends first.
    """
    places = workshop.places
    deadline = time.monotonic() + workshop.within.total_seconds()
    try:
        with (
            places.held(deadline, workshop.stop) as lock,
            _announced(requirements, places),
            _room_to_work(workshop, deadline, lock) as (tools, work),
        ):
            _build(requirements, workshop, tools, work)
    except (EnvironmentNotReady, OSError) as error:
        reason = _with_advice(str(error), workshop.craft)
        failure = Failure(reason=reason, broken=_broken(reason, requirements), at=now())
        write_whole(places.failed(requirements.digest), failure)


def _build(requirements: Requirements, workshop: Workshop, tools: Tools, work: Path) -> None:
    started, places = time.monotonic(), workshop.places
    craft = workshop.craft
    shop = Shop(
        places=places,
        index=workshop.index,
        tools=tools,
        work=work,
        trusted=workshop.trusted,
        target=craft.target,
    )
    runs_on = Interpreter(version=craft.python_version, target=craft.target)
    pins = resolve(requirements, runs_on, workshop.index, tools, work)
    built, added = make(pins, shop, craft)
    resolved = Resolved(
        digest=built.digest,
        build_ms=round((time.monotonic() - started) * 1000),
        added_bytes=added,
        at=now(),
    )
    write_whole(places.resolved(requirements.digest), resolved)
    places.failed(requirements.digest).unlink(missing_ok=True)


@contextmanager
def _announced(requirements: Requirements, places: Places) -> Iterator[None]:
    """Tell other processes what is being built, for as long as the lock of builds is held."""
    write_whole(places.building, Building(digest=requirements.digest))
    try:
        yield
    finally:
        places.building.unlink(missing_ok=True)


@contextmanager
def _room_to_work(workshop: Workshop, deadline: float, lock: int) -> Iterator[tuple[Tools, Path]]:
    """Give the tools, and an empty folder that is gone when the block ends."""
    workshop.places.work.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=workshop.places.work))
    try:
        tools = Tools(
            environ={**passed_on(workshop.environ), **workshop.index.environ()},
            deadline=deadline,
            lock=lock,
            room=Room(folder=work, most_bytes=workshop.most_bytes),
            stop=workshop.stop,
        )
        yield tools, work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _with_advice(reason: str, craft: Craft) -> str:
    advice = craft.advice(reason)
    return f"{reason}\n{advice}" if advice else reason


def _broken(reason: str, requirements: Requirements) -> tuple[str, ...]:
    """Give the requirements that a resolver's words are about."""
    named = {
        re.sub(r"[-_.]+", "-", word.lower()) for word in re.findall(r"[A-Za-z0-9._-]+", reason)
    }
    return tuple(each.line for each in requirements.wanted if each.name in named)


def now() -> str:
    """Give the time as records and answers write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
