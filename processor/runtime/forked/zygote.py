"""The host's hold on one zygote: start it, ask it for children, notice its end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import structlog

import processor
from processor.environment import Environment
from processor.errors import ProcessorFault
from processor.runtime.zygote import messages

log = structlog.get_logger()

ENTRY_POINT: Final = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from processor.runtime.zygote.main import main; main()"
)
LONGEST_WARM_SECONDS: Final = 120.0
LONGEST_FORK_SECONDS: Final = 20.0
"""A fork takes milliseconds; a zygote that takes this long is stopped or stuck, and is ended."""


class ZygoteEnded(ProcessorFault):
    """The zygote is gone; a new one can be started."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forked:
    """One child as its zygote made it."""

    process: int
    handle: int
    """A pidfd: names this very process for ever, which a process id does not."""
    ended: "asyncio.Future[int | None]"
    """Its exit code (a signal is negative), or None where the zygote ended first."""


class Zygote:
    """A warm process with one environment loaded; closing it ends its children too."""

    def __init__(self, environment: Environment) -> None:
        try:
            self._control, self._process = _started(environment)
        except OSError as error:
            message = f"the zygote of {environment.name} cannot be started: {error}"
            raise ProcessorFault(message) from error
        log.info("zygote_started", environment=environment.name, process=self._process.pid)
        self._loop = asyncio.get_running_loop()
        self._numbers = count()
        self._forking: dict[int, asyncio.Future[Forked]] = {}
        self._running: dict[int, asyncio.Future[int | None]] = {}
        self._warm: asyncio.Future[None] = self._loop.create_future()
        self._warm.add_done_callback(_seen)
        self._loop.add_reader(self._control, self._receive)
        self.alive = True

    @property
    def warm(self) -> bool:
        """Whether it can fork now."""
        return self.alive and self._warm.done() and self._warm.exception() is None

    async def wait_until_warm(self) -> None:
        """Return once it can fork; raises ProcessorFault with its reason where it cannot."""
        try:
            async with asyncio.timeout(LONGEST_WARM_SECONDS):
                await asyncio.shield(self._warm)
        except TimeoutError:
            reason = f"it was not warm within {LONGEST_WARM_SECONDS:g} seconds"
            self._give_up(reason)  # the next who wants one starts another
            raise ProcessorFault(f"the zygote cannot serve: {reason}") from None

    async def fork(self, limits: Mapping[str, int], payload: int, frames: int) -> Forked:
        """Ask for a child that reads `payload` and writes `frames`; raises ZygoteEnded."""
        if not self.alive:
            raise ZygoteEnded("the zygote has ended")
        number = next(self._numbers)
        answer: asyncio.Future[Forked] = self._loop.create_future()
        self._forking[number] = answer
        try:
            messages.send(self._control, [payload, frames], number=number, limits=limits)
        except OSError as error:
            del self._forking[number]
            raise ZygoteEnded(f"the zygote cannot be asked: {error}") from error
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
            case {"event": "warm", "threads": 1}:
                self._warm.set_result(None)
            case {"event": "warm", "threads": int(threads)}:
                self._cannot_serve(f"it has {threads} threads, and a fork copies one")
            case {"event": "failed", "reason": str(reason)}:
                self._cannot_serve(reason)
            case {"event": "forked", "number": int(number), "process": int(process)}:
                self._forked(number, process, *descriptors)
            case {"event": "unable", "number": int(number), "reason": str(reason)}:
                _refuse(self._forking.pop(number), ProcessorFault(f"no fork: {reason}"))
            case {"event": "ended", "number": int(number), "exit_code": int(exit_code)}:
                self._running.pop(number).set_result(exit_code)
            case _:
                raise ProcessorFault(f"the zygote said {message!r:.200}")

    def _forked(self, number: int, process: int, handle: int | None = None) -> None:
        ended = self._running[number] = self._loop.create_future()
        answer = self._forking.pop(number)
        if handle is None:
            # The kernel drops what this process has no room for. The child ends by itself: its
            # payload is closed with the fork that fails here.
            _refuse(answer, ProcessorFault("no fork: this process has no descriptor left"))
        elif answer.done():  # nobody waits for it any more
            let_go(handle)
        else:
            answer.set_result(Forked(process=process, handle=handle, ended=ended))

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


def let_go(handle: int) -> None:
    """Kill a child, unless it is gone, and forget its handle."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)


def _refuse(forking: "asyncio.Future[Forked]", reason: ProcessorFault) -> None:
    if not forking.done():
        forking.set_exception(reason)


def _seen(future: "asyncio.Future[None]") -> None:
    """Mark an exception as seen: whoever asks next is told, and nobody need ask."""
    if not future.cancelled():
        future.exception()


def _started(environment: Environment) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            return ours, _executed(environment, theirs)
        except BaseException:
            ours.close()
            raise


def _executed(environment: Environment, control: socket.socket) -> subprocess.Popen[bytes]:
    """Execute, never fork: nothing of the service's memory or environment goes along."""
    project = Path(processor.__file__).parent.parent
    arguments = [str(project), str(control.fileno()), json.dumps(environment.preload)]
    return subprocess.Popen(  # noqa: S603 (our own command, no shell)
        [str(environment.python), "-I", "-B", "-X", "utf8", "-c", ENTRY_POINT, *arguments],
        env={
            "HOME": "/tmp",  # noqa: S108 (a child's only writable place)
            "LANG": "C.UTF-8",
            "MALLOC_ARENA_MAX": "2",
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": str(environment.python.parent.parent / "cache" / "matplotlib"),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TZ": "UTC",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(control.fileno(),),
        cwd="/",
        start_new_session=True,
    )
