"""The programs that build an environment: what they are told, how much they may take."""

import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from processor.errors import EnvironmentNotReady

from .files import disk_bytes

LOOK_SECONDS: Final = 0.25
"""Between two looks at what a program has written."""
MOST_MEMORY_BYTES: Final = 4 << 30
"""Of each program's address space: whoever compiles a hostile text does not take the machine."""

LONGEST_EXCERPT = 4_000
"""How many characters of a failed build's own words are kept."""

PASSED_ON = frozenset(
    {
        "PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    }
)  # fmt: skip
PASSED_ON_PREFIXES = ("UV_", "PIP_")


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """Keep what package tools need to reach their index; the service's secrets stay here."""
    kept = {
        name: value
        for name, value in environ.items()
        if name.upper() in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    # As pip does on Debian: an operator's own authority is in the system's store.
    return {"UV_SYSTEM_CERTS": "1", **kept, "UV_PYTHON_DOWNLOADS": "never"}


class BuildStopped(Exception):
    """The service ends, and its build with it; that is no failure of the environment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A folder that a build writes to, how much it may hold, and how large its programs may be."""

    folder: Path
    most_bytes: int
    memory_bytes: int | None = MOST_MEMORY_BYTES
    """Of each program's address space; None for what reserves far more than it uses."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """How the programs of one build are run: their environment, their time and room, their lock."""

    environ: Mapping[str, str]
    deadline: float
    lock: int
    room: Room | None = None
    """Where a program may write so much; None where the lock is ours and says it already."""
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, *command: str) -> None:
        """Run one program to its end, or raise with its own words."""
        if self.stop.is_set():
            raise BuildStopped
        with TemporaryFile() as words:
            process = subprocess.Popen(  # noqa: S603 (our own words, uv's path and the lock's)
                command,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                pass_fds=(self.lock,),
            )
            try:
                code = self._wait_for(process)
            finally:
                end_group(process)
            if code == -signal.SIGXFSZ and self.room is not None:
                raise EnvironmentNotReady(too_much(self.room))
            if code:
                words.seek(0)
                raise EnvironmentNotReady(words_of(command, code, words.read(LONGEST_EXCERPT * 4)))

    def _wait_for(self, process: subprocess.Popen[bytes]) -> int:
        if self.room is not None:
            bound(process, self.room)
        while True:
            left = self.deadline - time.monotonic()
            with suppress(subprocess.TimeoutExpired):
                return process.wait(max(min(LOOK_SECONDS, left), 0))
            if left <= 0:
                raise EnvironmentNotReady("the build was stopped: it took too long")
            if self.stop.is_set():
                raise BuildStopped
            self.look()

    def look(self) -> None:
        """Look at what the build has written; raises EnvironmentNotReady where it is too much."""
        if self.room is not None and disk_bytes(self.room.folder) > self.room.most_bytes:
            raise EnvironmentNotReady(too_much(self.room))


def too_much(room: Room) -> str:
    """Say which limit a build has passed."""
    most = f"{room.most_bytes >> 20:,} MiB"
    return f"the build was stopped: it takes more than {most} of disk (`custom.build_bytes`)"


def bound(process: subprocess.Popen[bytes], room: Room) -> None:
    """Let a program have no file larger than its room, and a bounded memory."""
    with suppress(ProcessLookupError):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room.most_bytes,) * 2)
        if room.memory_bytes is not None:
            resource.prlimit(process.pid, resource.RLIMIT_AS, (room.memory_bytes,) * 2)


def words_of(command: Sequence[str], code: int, output: bytes) -> str:
    """Say what failed in the program's own words, cut to a bearable length."""
    said = output.decode("utf-8", "replace").strip()[:LONGEST_EXCERPT]
    return said or f"{Path(command[0]).name} ended with {code} and said nothing"


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a program and of its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
