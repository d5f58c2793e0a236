"""The host's hold on one zygote: start it, ask it for children, notice its end."""

import asyncio
import os
import signal
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from processor.environment import Environment
from processor.errors import ProcessorFault
from processor.runtime.jail import Machine, Terms, own_ids
from processor.runtime.zygote import messages

from .launch import started
from .slot import Slot
from .slots import Slots
from .users import Users

log = structlog.get_logger()

LONGEST_WARM_SECONDS: Final = 120.0
LONGEST_FORK_SECONDS: Final = 20.0
"""A fork takes milliseconds; a zygote that takes this long is stopped or stuck, and is ended."""


OUTGREW: Final = -(1 << 16)
"""The exit code, that no process has, of one that used more memory than its control group may."""


class ZygoteEnded(ProcessorFault):
    """The zygote is gone; a new one can be started."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forked:
    """One child as its zygote made it."""

    process: int
    """As this process counts; -1 where it was gone before it was looked for."""
    handle: int
    """A pidfd: names this very process for ever, which a process id does not."""
    uid: int | None
    """The user that it was to become, and nobody else is; None where it shares the service's."""
    ended: "asyncio.Future[int | None]"
    """Its exit code (a signal is negative), OUTGREW, or None where the zygote ended first."""
    slot: Slot | None = None
    """The control groups that it was to go into; None where there are none."""


class Zygote:
    """A warm process with one environment loaded; closing it ends its children too."""

    def __init__(
        self, environment: Environment, users: Users, slots: Slots, ca_bundle: str = ""
    ) -> None:
        try:
            self._control, self._process = started(environment, ca_bundle)
        except OSError as error:
            message = f"the zygote of {environment.name} cannot be started: {error}"
            raise ProcessorFault(message) from error
        log.info("zygote_started", environment=environment.name, process=self._process.pid)
        self.environment = environment
        self.born = time.monotonic()
        self.forks = 0
        """How many children it was asked for."""
        self.retired = False
        """Whether another has taken its place: it goes with its last child."""
        self._loop = asyncio.get_running_loop()
        self._users = users
        self._taken: dict[int, int] = {}
        """Users of its children, by their number."""
        self._slots = slots
        self._held: dict[int, Slot] = {}
        """Where its children are counted apart, by their number."""
        self._forking: dict[int, asyncio.Future[Forked]] = {}
        self._running: dict[int, asyncio.Future[int | None]] = {}
        self._warm: asyncio.Future[Machine] = self._loop.create_future()
        self._warm.add_done_callback(_seen)
        self._loop.add_reader(self._control, self._receive)
        self.alive = True

    @property
    def warm(self) -> bool:
        """Whether it can fork now."""
        return self.alive and self._warm.done() and self._warm.exception() is None

    @property
    def machine(self) -> Machine:
        """What it found the machine to give, when it got warm."""
        return self._warm.result()

    @property
    def idle(self) -> bool:
        """Whether it has no child, and nobody waits for one."""
        return not self._forking and all(ended.done() for ended in self._running.values())

    async def wait_until_warm(self) -> None:
        """Return once it can fork; raises ProcessorFault with its reason where it cannot."""
        try:
            async with asyncio.timeout(LONGEST_WARM_SECONDS):
                await asyncio.shield(self._warm)
        except TimeoutError:
            reason = f"it was not warm within {LONGEST_WARM_SECONDS:g} seconds"
            self._give_up(reason)  # the next who wants one starts another
            raise ProcessorFault(f"the zygote cannot serve: {reason}") from None

    async def fork(
        self, terms: Terms, payload: int, frames: int, *setup: int, ahead: bool = False
    ) -> Forked:
        """
        Ask for a child that reads `payload` and writes `frames`; raises ZygoteEnded.

        With `setup`, a socket to the host, it has a network: a way out by the host's proxy. One
        that is made `ahead` of its run does what it can of it before it says that it is ready.
        """
        if not self.alive:
            raise ZygoteEnded("the zygote has ended")
        answer = self._asked(terms, [payload, frames], list(setup), ahead=ahead)
        try:
            async with asyncio.timeout(LONGEST_FORK_SECONDS):
                return await answer
        except (TimeoutError, asyncio.CancelledError) as error:
            if answer.done() and not answer.cancelled() and answer.exception() is None:
                let_go(answer.result().handle)  # it came, and is given to nobody
            if isinstance(error, asyncio.CancelledError):
                raise
            self._give_up(f"it forked nothing within {LONGEST_FORK_SECONDS:g} seconds")
            raise ZygoteEnded("the zygote was stuck, and was ended") from None

    def _asked(
        self, terms: Terms, pipes: list[int], setup: list[int], *, ahead: bool
    ) -> "asyncio.Future[Forked]":
        number = self.forks
        self.forks += 1
        if not self.machine.no_own_users:
            self._taken[number] = self._users.take()
        slot = self._slots.take(terms.threads)
        if slot is not None:
            self._held[number] = slot
        told = terms.told() | {"user": self._taken.get(number)}
        asked = {"number": number, "terms": told, "ahead": ahead}
        self._forking[number] = self._loop.create_future()
        try:
            with nullcontext(()) if slot is None else slot.doors() as doors:
                descriptors = [*pipes, *doors, *setup]
                messages.send(self._control, descriptors, **asked, doors=len(doors))
        except OSError as error:
            del self._forking[number]
            self._give_back(number)
            raise ZygoteEnded(f"the zygote cannot be asked: {error}") from error
        return self._forking[number]

    def close(self) -> None:
        """End the zygote, and with it its children."""
        self._give_up("closed")
        self._process.wait()

    def _give_up(self, reason: str) -> None:
        self._process.kill()  # first: it would print that its socket was closed under it
        self._end(reason)

    def _receive(self) -> None:
        try:
            received = messages.receive(self._control)
            if received is not None:
                self._take(*received)
        except OSError:
            received = None
        except Exception:
            # What it says next could not be believed, and who waits for it would wait for ever.
            log.exception("zygote_not_understood", process=self._process.pid)
            self._give_up("it said what this service does not understand")
            return
        if received is None:
            self._end("its control socket closed")

    def _take(self, message: dict[str, Any], descriptors: list[int]) -> None:
        match message:
            case {"event": "warm", "threads": 1, "machine": _}:
                self._warm.set_result(Machine(**message["machine"]))
            case {"event": "warm", "threads": int(threads)}:
                self._cannot_serve(f"it has {threads} threads, and a fork copies one")
            case {"event": "failed", "reason": str(reason)}:
                self._cannot_serve(reason)
            case {"event": "forked", "number": int(number)}:
                self._forked(number, *descriptors)
            case {"event": "unable", "number": int(number), "reason": str(reason)}:
                _refuse(self._forking.pop(number), ProcessorFault(f"no fork: {reason}"))
                self._give_back(number)
            case {"event": "ended", "number": int(number), "exit_code": int(exit_code)}:
                outgrew = number in self._held and self._held[number].overflowed
                self._running.pop(number).set_result(OUTGREW if outgrew else exit_code)
                self._give_back(number)
            case _:
                raise ProcessorFault(f"the zygote said {message!r:.200}")

    def _forked(self, number: int, handle: int | None = None) -> None:
        ended = self._running[number] = self._loop.create_future()
        answer = self._forking.pop(number)
        if handle is None:
            # The kernel drops what this process has no room for. The child ends by itself: its
            # payload is closed with the fork that fails here.
            _refuse(answer, ProcessorFault("no fork: this process has no descriptor left"))
        elif answer.done():  # nobody waits for it any more
            let_go(handle)
        else:
            user = self._taken.get(number)
            uid = None if user is None else own_ids().first + user
            process, slot = _process_of(handle), self._held.get(number)
            answer.set_result(
                Forked(process=process, handle=handle, uid=uid, slot=slot, ended=ended)
            )

    def _give_back(self, number: int) -> None:
        user = self._taken.pop(number, None)
        if user is not None:
            self._users.give_back(user)
        slot = self._held.pop(number, None)
        if slot is not None:
            self._slots.give_back(slot)

    def _cannot_serve(self, reason: str) -> None:
        self._warm.set_exception(ProcessorFault(f"the zygote cannot serve: {reason}"))

    def _end(self, reason: str) -> None:
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._control)
        self._control.close()
        log.info("zygote_ended", process=self._process.pid, reason=reason)
        ended = ZygoteEnded(f"the zygote ended: {reason}")
        if not self._warm.done():
            self._warm.set_exception(ended)
        for forking in self._forking.values():
            _refuse(forking, ended)
        for running in self._running.values():
            running.set_result(None)
        for number in [*self._taken.keys() | self._held.keys()]:
            self._give_back(number)


def let_go(handle: int) -> None:
    """Kill a child, unless it is gone, and forget its handle."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)


def _process_of(handle: int) -> int:
    """Give the process of a pidfd as this process counts: its zygote may count another way."""
    with open(f"/proc/self/fdinfo/{handle}", "rb", buffering=0) as facts:  # noqa: PTH123 (for every run)
        return next(int(line[4:]) for line in facts.read().splitlines() if line.startswith(b"Pid:"))


def _refuse(forking: "asyncio.Future[Forked]", reason: ProcessorFault) -> None:
    if not forking.done():
        forking.set_exception(reason)


def _seen(future: "asyncio.Future[Machine]") -> None:
    """Mark an exception as seen: whoever asks next is told, and nobody need ask."""
    if not future.cancelled():
        future.exception()
