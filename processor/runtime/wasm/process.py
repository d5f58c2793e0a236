"""The host's hold on one keeper: start it, give it work, end it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from typing import Final, Self

import msgspec
import structlog

import processor
from processor.errors import ProcessorFault
from processor.runtime.guest import wire
from processor.runtime.jail import Seen, keeper_ids, seen

from .keeper import frames

log = structlog.get_logger()

ENTRY_POINT: Final = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from processor.runtime.wasm.keeper.main import main; main()"
)
LONGEST_START_SECONDS: Final = 60.0
"""From its start to its walls up, which takes a tenth of a second on an idle machine."""
LONGEST_FRAME: Final = 1 << 20
"""Of every kind but answers."""
_numbers = count()
_CPU_CLOCK_OF_PROCESS: Final = 2  # see clock_getcpuclockid(3): (~pid << 3) | 2


class _Ready(msgspec.Struct):
    restrictions: list[str]
    python_version: str
    baseline_bytes: int
    landlock_abi: int


class Keeper:
    """One process that runs one job at a time; killed when its host is done with it."""

    def __init__(self, process: "subprocess.Popen[bytes]", ready: _Ready, walls: Seen) -> None:
        self._process = process
        self.restrictions = ready.restrictions
        self.landlock_abi = ready.landlock_abi
        self.walls = walls
        """Its walls as they were seen from outside."""
        self.baseline_bytes = ready.baseline_bytes
        self.jobs = 0
        """How many it has run."""
        self.usable = True
        """Whether it waits for another."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def started(cls, compiled: Path, *, counts_fuel: bool) -> Self:
        """Start one, with its walls up; raises ProcessorFault."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                process = _executed(compiled, theirs, counts_fuel=counts_fuel)
            except OSError as error:
                ours.close()
                raise ProcessorFault(f"a keeper cannot be started: {error}") from error
        reader, writer = await asyncio.open_connection(sock=ours, limit=LONGEST_FRAME)
        try:
            async with asyncio.timeout(LONGEST_START_SECONDS):
                ready = await _ready(reader)
            keeper = cls(process, ready, _walls(process.pid))
        except (TimeoutError, asyncio.IncompleteReadError, msgspec.MsgspecError) as error:
            _end(process, writer)
            raise ProcessorFault(f"a keeper did not start: {error!r}") from error
        except BaseException:
            _end(process, writer)
            raise
        keeper.reader, keeper.writer = reader, writer
        log.info("keeper_started", process=process.pid)
        return keeper

    async def send(self, *parts: tuple[bytes, bytes]) -> None:
        """Send frames, each its kind and its content."""
        for kind, content in parts:
            self.writer.writelines((wire.prefix(kind, len(content)), content))
            await self.writer.drain()

    def prime(self) -> None:
        """Have the next job's instance made ahead; it is waited for by that job, if at all."""
        self.writer.write(wire.prefix(frames.PRIME, 0))

    def cpu_seconds(self) -> float:
        """Give the processor time that it has used, or zero where it is gone."""
        try:
            return time.clock_gettime((~self._process.pid << 3) | _CPU_CLOCK_OF_PROCESS)
        except OSError:
            return 0.0

    def is_alive(self) -> bool:
        """Whether its process is there."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self.usable = False
        _end(self._process, self.writer)
        log.info("keeper_ended", process=self._process.pid, jobs=self.jobs)


async def _ready(reader: asyncio.StreamReader) -> _Ready:
    kind, length = wire.parse_prefix(await reader.readexactly(wire.PREFIX_BYTES))
    if kind != wire.READY or length > LONGEST_FRAME:
        raise ProcessorFault(f"a keeper began with {kind!r}")
    return msgspec.json.decode(await reader.readexactly(length), type=_Ready)


def _walls(process: int) -> Seen:
    """Look at a keeper from outside before anything is sent to it; raises ProcessorFault."""
    try:
        walls = seen(Path(f"/proc/{process}/status").read_text("ascii", "replace"), {})
    except OSError as error:
        raise ProcessorFault(f"a keeper cannot be looked at: {error}") from error
    if not walls.filters or not walls.no_new_privs or walls.held:
        raise ProcessorFault(f"a keeper has not the walls that it tells of: {walls}")
    return walls


def _end(process: "subprocess.Popen[bytes]", writer: asyncio.StreamWriter) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    writer.transport.abort()


def _executed(
    compiled: Path, theirs: socket.socket, *, counts_fuel: bool
) -> "subprocess.Popen[bytes]":
    """Execute, never fork: nothing of the service's memory or environment goes along."""
    project = str(Path(processor.__file__).parent.parent)
    fuel = "fuel" if counts_fuel else "time"
    ids = keeper_ids()
    user = str(ids.first + next(_numbers) % ids.count)
    arguments = [project, str(theirs.fileno()), str(os.getpid()), str(compiled), fuel, user]
    return subprocess.Popen(  # noqa: S603 (our own command, no shell)
        [sys.executable, "-I", "-B", "-X", "utf8", "-c", ENTRY_POINT, *arguments],
        env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(theirs.fileno(),),
        cwd="/",
    )
