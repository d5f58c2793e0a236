"""The programs that build an environment: what they are told, how long they may take."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from processor.errors import EnvironmentNotReady

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """How the programs of one build are run: their environment, their time, their lock."""

    environ: Mapping[str, str]
    deadline: float
    lock: int

    def run(self, *command: str) -> None:
        """Run one program to its end, or raise with its own words."""
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
                code = process.wait(self.deadline - time.monotonic())
            except subprocess.TimeoutExpired:
                raise EnvironmentNotReady("the build was stopped: it took too long") from None
            finally:
                end_group(process)
            if code:
                words.seek(0)
                raise EnvironmentNotReady(words_of(command, code, words.read(LONGEST_EXCERPT * 4)))


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
