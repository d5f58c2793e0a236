"""
A child from its fork to where it may be sent a run: locked in, and seen to be so.

Nothing of a run is needed until then, and nothing of it is sent.
"""

import asyncio
import math
import os
import resource
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from processor.errors import ProcessorFault
from processor.runtime.guest import wire
from processor.runtime.jail import (
    KINDS,
    Isolation,
    Limited,
    Locked,
    Memory,
    Missing,
    Seen,
    Terms,
    derive,
    missing,
    seen,
)
from processor.runtime.jail.seccomp import Network
from processor.values import Json

from .child import Child, forked_from
from .ends import Incoming
from .zygote import Forked, Zygote, ZygoteEnded

LONGEST_START_SECONDS: Final = 20.0
"""From a fork to the walls up, which takes milliseconds."""
LONGEST_END_SECONDS: Final = 10.0
LONGEST_READY: Final = 1 << 16
LEAST_LEVEL: Final = 2
"""Below it every answer warns."""
MOST_REMEMBERED: Final = 64
"""Kinds of isolation of which the level and the words are remembered; there are few."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """A child that is locked in and waits for what it is to run."""

    child: Child
    isolation: Isolation
    restrictions: tuple[str, ...]
    """Each wall in words, in the order in which they went up."""
    setup: socket.socket | None = None
    """Where it has handed its way out over, if it has one."""

    def close(self) -> None:
        """End it."""
        self.child.close()
        if self.setup is not None:
            self.setup.close()


async def ready_child(
    zygote: Zygote, terms: Terms, *, least_level: int, ahead: bool = False
) -> Ready:
    """Make a child ready, which whoever asks for it closes. For `ahead` see Zygote.fork."""
    with ExitStack() as held:
        ours, theirs = _setup(terms.network, held)
        child = await forked_from(zygote, terms, theirs, ahead=ahead)
        held.callback(child.close)
        ready = await wait_until_ready(child, least_level=least_level)
        more = () if terms.memory_bytes is None else _bound(child, terms.memory_bytes)
        held.pop_all()
        return replace(ready, setup=ours, restrictions=(*ready.restrictions, *more))


def _bound(child: Child, memory_bytes: int) -> tuple[str, ...]:
    """Bound a child's control group; raises ZygoteEnded: another child serves as well."""
    try:
        return child.bound_group(memory_bytes)
    except OSError as error:
        raise ZygoteEnded(f"a child ended before its run began: {error}") from error


def _setup(
    network: Network, held: ExitStack
) -> tuple[socket.socket | None, tuple[socket.socket, ...]]:
    """Give both ends of what a child hands its way out over on, where it has one."""
    if network is Network.NONE:
        return None, ()
    ours, theirs = map(held.enter_context, socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    return ours, (theirs,)


def is_ours_to_limit(child: Child) -> bool:
    """Whether the kernel lets this process limit a child: see prlimit(2)."""
    try:
        Limited(resource.RLIMIT_CORE, 0).apply_to(child.forked.process)
    except PermissionError:
        return False
    return True


def claimed(ready: Ready, terms: Terms) -> Ready:
    """
    Limit a child from outside to what its run may use, above what it has used to get ready.

    Raises OSError where it has ended.
    """
    child = ready.child
    more: tuple[str, ...] = ()
    if terms.memory_bytes is not None:
        more += child.bound_memory(terms.memory_bytes)
    if terms.cpu_seconds is not None:
        used = math.floor(child.cpu().total_seconds()) + 1  # less than a tick is told as none
        wall = Limited(resource.RLIMIT_CPU, used + terms.cpu_seconds)
        wall.apply_to(child.forked.process)
        more += (wall.describe(),)
    return replace(ready, restrictions=(*ready.restrictions, *more))


async def wait_until_ready(child: Child, *, least_level: int) -> Ready:
    """
    Hear a child out about its walls, and look at them.

    Raises ZygoteEnded where another zygote's child would serve as well, and ProcessorFault where
    the walls do not go up, or make no such level.
    """
    said = await _said_by(child)
    forked = child.forked
    isolation = derive(
        said.told, look(forked.process), ourselves(), uid=forked.uid, memory=_counted(forked)
    )
    if level_of(isolation) < least_level:
        lacking = _described(missing(isolation, least_level))
        message = f"isolation is at level {isolation.level}, not {least_level}: {lacking}"
        raise ProcessorFault(message)
    return Ready(child=child, isolation=isolation, restrictions=said.restrictions)


def _counted(forked: Forked) -> Memory:
    """Tell what bounds a child's memory, as the kernel has it."""
    if forked.slot is None or not forked.slot.holds(forked.process):
        return "rlimit+watchdog"
    return forked.slot.version.name


@lru_cache(maxsize=MOST_REMEMBERED)
def level_of(isolation: Isolation) -> int:
    """Give the level that the walls make; most children have the same."""
    return isolation.level


@lru_cache(maxsize=MOST_REMEMBERED)
def facts_of(isolation: Isolation) -> Mapping[str, Json]:
    """Give the level and each wall, with a warning where they are few."""
    facts: dict[str, Json] = dict(isolation.facts())
    if lacking := missing(isolation, LEAST_LEVEL):
        facts["warning"] = f"run only trusted statements: {_described(lacking)}"
    return MappingProxyType(facts)


def look(process: int | Literal["self"]) -> Seen:
    """Give a process as /proc shows it; of one that is gone, nothing that counts."""
    try:
        with open(f"/proc/{process}/status", "rb", buffering=0) as file:  # noqa: PTH123 (for every run)
            status = file.read().decode("ascii", "replace")
    except OSError:
        return Seen()
    return seen(status, dict(_namespaces(process)))


def _namespaces(process: int | Literal["self"]) -> Iterator[tuple[str, str]]:
    with suppress(OSError):  # who is not root does not see where a child is
        for kind in KINDS:
            yield kind, os.readlink(f"/proc/{process}/ns/{kind}")  # noqa: PTH115 (for every run)


@cache
def ourselves() -> Seen:
    """Give this process, which a child is to differ from."""
    return look("self")


async def _said_by(child: Child) -> Locked:
    try:
        async with asyncio.timeout(LONGEST_START_SECONDS):
            kind, content = await _frame(child.frames)
    except TimeoutError:
        message = f"a child had no walls up after {LONGEST_START_SECONDS:g} seconds"
        raise ProcessorFault(message) from None
    except asyncio.IncompleteReadError as error:
        async with asyncio.timeout(LONGEST_END_SECONDS):
            zygote_ended = await asyncio.shield(child.forked.ended) is None
        fault = ZygoteEnded if zygote_ended else ProcessorFault
        raise fault("a child ended before its walls were up") from error
    match kind:
        case wire.READY:
            return msgspec.json.decode(content, type=Locked)
        case wire.UNLOCKED:
            raise ProcessorFault(f"a wall did not go up: {content.decode('utf-8', 'replace')}")
        case _:
            raise ProcessorFault(f"a child began with {kind!r}")


async def _frame(frames: Incoming) -> tuple[bytes, bytes]:
    kind, length = wire.parse_prefix(await frames.readexactly(wire.PREFIX_BYTES))
    if length > LONGEST_READY:
        raise ProcessorFault(f"a child began with {length} bytes")
    return kind, await frames.readexactly(length)


def _described(lacking: tuple[Missing, ...]) -> str:
    return "; ".join(each.describe() for each in lacking)
