"""
What an instance finds of an operating system: clocks, random numbers, an empty environment.

By hand, because wasmtime's own sleeps are not ended by a deadline, and because what is not here
cannot be reached: every other import of the component ends the instance when it is called.
"""

import os
import time
from collections.abc import Callable
from typing import Any, Final

from wasmtime import Store, StoreContext
from wasmtime.component import Linker, LinkerInstance, Record, ResourceHost, ResourceType

MOST_RANDOM: Final = 1 << 20
"""Bytes that are drawn at a time."""
MOST_POLLABLES: Final = 10_000
_POLLABLE: Final = 1


class TimeIsUp(Exception):
    """An instance waited until its deadline."""


class Unavailable(Exception):
    """An instance asked for more than there is."""


class Waiting:
    """The moments that an instance waits for; afresh for each."""

    def __init__(self) -> None:
        self.deadline = 0.0
        """By the monotonic clock, in seconds."""
        self._moments: dict[int, int] = {}
        self._numbers = 0

    def start(self, wall_seconds: float) -> None:
        """Forget the instance before, and give the next its time."""
        self.deadline = time.monotonic() + wall_seconds
        self._moments.clear()

    def until(self, moment: int) -> ResourceHost:
        """Give what an instance holds to wait until a moment, in nanoseconds."""
        if len(self._moments) >= MOST_POLLABLES:
            raise Unavailable(f"more than {MOST_POLLABLES:,} clocks at a time")
        self._numbers += 1
        self._moments[self._numbers] = moment
        return ResourceHost.own(self._numbers, _POLLABLE)

    def forget(self, number: int) -> None:
        """Let go of a moment."""
        self._moments.pop(number, None)

    def is_past(self, store: Store, pollable: Any) -> bool:
        """Tell whether a moment has come."""
        return self._moment(store, pollable) <= time.monotonic_ns()

    def wait(self, store: Store, pollables: list[Any]) -> list[int]:
        """Sleep until the first of some moments, and give which have come; raises TimeIsUp."""
        moments = [self._moment(store, pollable) for pollable in pollables]
        if not moments:
            raise Unavailable("it waits for nothing")
        first = min(moments) / 1e9
        now = time.monotonic()
        time.sleep(max(0.0, min(first, self.deadline) - now))
        if self.deadline < first:
            raise TimeIsUp
        now_ns = time.monotonic_ns()
        return [index for index, moment in enumerate(moments) if moment <= now_ns]

    def _moment(self, store: Store, pollable: Any) -> int:
        return self._moments.get(pollable.to_host(store).rep, 0)


def define(linker: Linker, names: list[str], waiting: Waiting) -> None:
    """Define what there is, under the versions by which a component imports it."""
    versions = {name.partition("@")[0]: name for name in names}
    for interface, functions in _interfaces(waiting).items():
        name = versions.get(interface)
        if name is None:
            continue
        with linker.root() as root, root.add_instance(name) as instance:
            if interface == "wasi:io/poll":
                _add_pollables(instance, waiting)
            for function, does in functions.items():
                instance.add_func(function, does)


def _add_pollables(instance: LinkerInstance, waiting: Waiting) -> None:
    def let_go(_store: StoreContext, number: int) -> None:
        waiting.forget(number)

    instance.add_resource("pollable", ResourceType.host(_POLLABLE), let_go)


def _interfaces(waiting: Waiting) -> dict[str, dict[str, Callable[..., Any]]]:
    return {
        "wasi:io/poll": {
            "poll": waiting.wait,
            "[method]pollable.block": lambda store, one: waiting.wait(store, [one]) and None,
            "[method]pollable.ready": waiting.is_past,
        },
        "wasi:clocks/monotonic-clock": {
            "now": lambda _store: time.monotonic_ns(),
            "resolution": lambda _store: 1,
            "subscribe-duration": lambda _store, ns: waiting.until(time.monotonic_ns() + ns),
            "subscribe-instant": lambda _store, moment: waiting.until(moment),
        },
        "wasi:clocks/wall-clock": {"now": lambda _store: _now()},
        "wasi:random/random": {
            "get-random-bytes": lambda _store, count: _drawn(count),
            "get-random-u64": lambda _store: int.from_bytes(os.urandom(8), "little"),
        },
        "wasi:cli/environment": {
            "get-environment": lambda _store: [],
            "get-arguments": lambda _store: [],
            "initial-cwd": lambda _store: None,
        },
        "wasi:filesystem/preopens": {"get-directories": lambda _store: []},
    }


def _now() -> Any:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    now: Any = Record()
    now.seconds, now.nanoseconds = seconds, nanoseconds
    return now


def _drawn(count: int) -> bytes:
    if count > MOST_RANDOM:
        raise Unavailable(f"{count:,} random bytes at a time; {MOST_RANDOM:,} are given")
    return os.urandom(count)
