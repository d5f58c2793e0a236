"""The engine that runs the runner: CPython as a component, in fresh instances by wasmtime."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from wasmtime import Config, Engine, Store, WasmtimeError
from wasmtime.component import Component, Instance, Linker

from processor.runtime.guest import wire

from . import wasi
from .job import Ask, End, Job, Tell

TICK_SECONDS: Final = 0.01
STACK_BYTES: Final = 2 << 20
"""Of an instance; more than this ends wasmtime's process where it makes its engine."""
NEARLY_BYTES: Final = 2 << 20
"""What traps so near its limit of memory has run out of it, and could not say so."""
MOST_ASKED: Final = 1000
"""Questions to the host in one run."""
MOST_NAME: Final = 64
LONGEST_ASKED: Final = 5 << 20
"""One question, in characters; the host takes some more."""
FIRST_SECONDS: Final = 60.0
"""For what a keeper does before its first job."""
_ENDLESS: Final = (1 << 63) - 1
_FREE_BYTES: Final = 1 << 30
_KINDS: Final = frozenset(
    {
        wire.ENTRY,
        wire.ROWS,
        wire.PART,
        wire.COUNTS,
        wire.RETURNED,
        wire.FAILED,
        wire.FINDINGS,
        wire.STREAMED,
    }
)
_MISSING: Final = re.compile(r"unknown import: `([^`]+)`")


class OutputTooLarge(Exception):
    """An instance told more than it may."""


class AskedTooOften(Exception):
    """An instance asked the host more often than it may."""


def settings(*, counts_fuel: bool) -> Config:
    """Give how code is compiled and run: the same for who builds it and for who runs it."""
    config = Config()
    config.epoch_interruption = True
    config.consume_fuel = counts_fuel
    config.max_wasm_stack = STACK_BYTES
    return config


@dataclass(frozen=True, kw_only=True, slots=True)
class _Live:
    """One instance, and how much memory there was before it."""

    store: Store
    instance: Instance
    memory_before: int

    def call(self, name: str, *arguments: Any) -> Any:
        """Call what the world exports."""
        function = self.instance.get_func(self.store, name)
        assert function is not None, "the world has it"
        return function(self.store, *arguments)


class ComponentEngine:
    """Satisfies Engine, by one component that was compiled ahead."""

    def __init__(
        self, compiled: str, *, counts_fuel: bool, memory_bytes: Callable[[], int]
    ) -> None:
        self._engine = Engine(settings(counts_fuel=counts_fuel))
        self._counts_fuel = counts_fuel
        self._memory_bytes = memory_bytes
        self._component = Component.deserialize_file(self._engine, compiled)
        self._linker = Linker(self._engine)
        self._waiting = wasi.Waiting()
        self._tell: Tell = _unheard
        self._ask: Ask = _unheard
        self._told_bytes = self._most_bytes = self._asked = 0
        self._baseline = 0
        self._ahead: _Live | None = None
        """The next job's instance, where there was time to make it."""
        self._over: _Live | None = None
        """The instance of the job before, until there is time to take it away."""

    def prepare(self) -> Mapping[str, Any]:
        """See Engine: link, and instantiate, so that nothing is left to be loaded."""
        self._linker.allow_shadowing = True
        self._linker.define_unknown_imports_as_traps(self._component)
        names = list(self._component.type.imports(self._engine))
        wasi.define(self._linker, names, self._waiting)
        with self._linker.root() as root:
            root.add_func("tell", self._take)
            root.add_func("ask", self._answer)
        self._baseline = self._measured()
        self._waiting.start(FIRST_SECONDS)
        live = self._made(_FREE_BYTES)
        try:
            return {**json.loads(live.call("about")), "baseline_bytes": self._baseline}
        finally:
            live.store.close()

    def tick(self) -> None:
        """See Engine."""
        self._engine.increment_epoch()

    def prime(self) -> None:
        """See Engine."""
        self._tell, self._ask = _unheard, _unheard
        self._told_bytes, self._most_bytes = 0, _FREE_BYTES
        self._waiting.start(FIRST_SECONDS)
        live = self._made(_FREE_BYTES)
        try:
            live.call("rehearse")
        except WasmtimeError:  # then the job has one made, and says why that does not run
            live.store.close()
        else:
            self._ahead = live

    def run(self, job: Job, tell: Tell, ask: Ask) -> End:
        """See Engine."""
        self._tell, self._ask = tell, ask
        self._told_bytes, self._most_bytes, self._asked = 0, job.output_bytes, 0
        self._waiting.start(job.wall_seconds)
        live, self._ahead = self._ahead or self._made(job.memory_bytes), None
        self._over = live
        self._bound(live.store, job.memory_bytes, job.wall_seconds, job.fuel)
        try:
            live.call("serve", job.header, list(job.inputs))
            end = End(how="ended")
        except Exception as error:  # noqa: BLE001 (an instance may end in any way there is)
            end = _end(error)
        grown = max(self._memory_bytes() - live.memory_before - self._baseline, 0)
        if end.how == "trapped" and grown > job.memory_bytes - NEARLY_BYTES:
            end = End(how="memory")
        return replace(end, memory_bytes=grown)

    def rest(self) -> None:
        """See Engine."""
        if self._over is not None:
            self._over.store.close()
            self._over = None

    def _measured(self) -> int:
        """Give how much memory an instance starts with, by what it starts within."""
        least, most = 0, _FREE_BYTES
        while most - least > 1 << 16:
            middle = (least + most) // 2
            try:
                self._made(middle).store.close()
                most = middle
            except WasmtimeError:
                least = middle
        return most

    def _made(self, memory_bytes: int) -> "_Live":
        """Give a fresh instance, which has so much memory above what it starts with."""
        before = self._memory_bytes()
        store = Store(self._engine)
        try:
            self._bound(store, memory_bytes, FIRST_SECONDS, None)
            instance = self._linker.instantiate(store, self._component)
        except BaseException:
            store.close()
            raise
        return _Live(store=store, instance=instance, memory_before=before)

    def _bound(
        self, store: Store, memory_bytes: int, wall_seconds: float, fuel: int | None
    ) -> None:
        """Let an instance use so much from here on."""
        if self._counts_fuel:
            store.set_fuel(fuel or _ENDLESS)
        store.set_limits(memory_size=self._baseline + memory_bytes)
        store.set_epoch_deadline(max(1, math.ceil(wall_seconds / TICK_SECONDS)))

    def _take(self, _store: Store, kind: str, content: str) -> None:
        frame, message = kind.encode("latin-1", "replace"), content.encode()
        self._count(len(message) + wire.PREFIX_BYTES)
        if frame not in _KINDS:
            raise wasi.Unavailable(f"{kind!r:.20} is nothing that a guest tells")
        self._tell(frame, message)

    def _count(self, told_bytes: int) -> None:
        self._told_bytes += told_bytes
        if self._told_bytes > self._most_bytes:
            raise OutputTooLarge

    def _answer(self, _store: Store, name: str, content: str) -> str:
        self._asked += 1
        if self._asked > MOST_ASKED:
            raise AskedTooOften
        if len(content) > LONGEST_ASKED or not content.isascii():
            raise wasi.Unavailable(f"a question of more than {LONGEST_ASKED:,} characters of ASCII")
        self._count(len(content))
        return self._ask(name[:MOST_NAME], content)


def _unheard(_one: Any, _other: Any) -> Any:
    return "null"


def _end(error: Exception) -> End:
    """Tell an instance's end by what wasmtime makes of it."""
    match error:
        case wasi.TimeIsUp():
            return End(how="wall")
        case OutputTooLarge():
            return End(how="output")
        case AskedTooOften():
            return End(how="asked", detail=f"it asked the service more than {MOST_ASKED:,} times")
        case wasi.Unavailable():
            return End(how="unavailable", detail=str(error))
        case _:
            return _trapped(str(error))


def _trapped(words: str) -> End:
    if "interrupt" in words:
        return End(how="wall")
    if "all fuel consumed" in words:
        return End(how="fuel")
    if "call stack exhausted" in words:
        return End(how="stack")
    if found := _MISSING.search(words):
        return End(how="unavailable", detail=found[1])
    last = words.strip().splitlines()[-1:] or ["it ended without a word"]
    return End(how="trapped", detail=last[0].strip()[:200])
