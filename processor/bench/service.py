"""A service of its own to measure, and a caller who keeps the connection."""

import http.client
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

JSON: Final = {"Content-Type": "application/json"}
LONGEST_WAIT_SECONDS: Final = 120.0
_READY: Final = 200


class Caller:
    """One connection to the service, kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=LONGEST_WAIT_SECONDS
        )

    def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = JSON
    ) -> http.client.HTTPResponse:
        """Send a request; the answer's body is still to be read."""
        self._connection.request(method, path, body, dict(headers))
        return self._connection.getresponse()

    def run(self, body: bytes) -> tuple[float, bytes]:
        """Run a step, and give how long it took, in milliseconds, and the answer."""
        started = time.perf_counter()
        content = self.call("POST", "/v1/runs", body).read()
        took = (time.perf_counter() - started) * 1000
        if b'"state":"succeeded"' not in content:
            raise RuntimeError(f"a run of the bench failed: {content[:2000]!r}")
        return took, content

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A service that listens on loopback."""

    process: int
    port: int
    listening: float
    """From its start to its first line, in seconds."""

    @contextmanager
    def caller(self) -> Iterator[Caller]:
        """Open a connection for the block."""
        with closing(Caller(self.port)) as caller:
            yield caller

    def wait_until_warm(self) -> None:
        """Return once the default environment is warm; others warm when they are asked for."""
        with self.caller() as caller:
            until = time.monotonic() + LONGEST_WAIT_SECONDS
            while time.monotonic() < until:
                answer = caller.call("GET", "/readyz")
                state = msgspec.json.decode(answer.read())
                if answer.status == _READY and state["zygotes"][0].get("warm"):
                    return
                time.sleep(0.02)
        raise RuntimeError("the service did not get warm")

    def memory(self) -> "Memory":
        """Watch the service's own memory from here on."""
        Path(f"/proc/{self.process}/clear_refs").write_text("5", "ascii")  # forget the peak
        return Memory(self.process)

    def descendants(self) -> list[int]:
        """Give the processes below it, parents first."""
        found = [self.process]
        for process in found:
            children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
            found += map(int, children.split())
        return found[1:]


class Memory:
    """What a process uses beyond what it used at first."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._before = status(process, "VmRSS")

    def rise(self) -> int:
        """Give its peak less what it had, in bytes."""
        return status(self._process, "VmHWM") - self._before


def status(process: int, name: str) -> int:
    """Give one of the sizes in /proc/ID/status, in bytes."""
    return _size(Path(f"/proc/{process}/status"), name)


def mapped(process: int, name: str) -> int:
    """Give one of the sizes in /proc/ID/smaps_rollup, in bytes; 0 where the process is gone."""
    try:
        return _size(Path(f"/proc/{process}/smaps_rollup"), name)
    except (OSError, LookupError):
        return 0


def _size(file: Path, name: str) -> int:
    for line in file.read_text("ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"{file} has no {name}")


@contextmanager
def served(*arguments: str) -> Iterator[Service]:
    """Start a service with an empty store on a free port; it is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="processor-bench-") as folder:
        command = [sys.executable, "-m", "processor", "serve", "--port", "0"]
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 (our own command, no shell)
            [*command, "--data-dir", folder, "--store", "sqlite:", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                listening = time.perf_counter() - started
                if not line:
                    raise RuntimeError("the service did not start; `processor serve` says why")
                port = int(line.rpartition(":")[2])
                yield Service(process=process.pid, port=port, listening=listening)
            finally:
                process.terminate()


def body(step: Mapping[str, Any], rows: bytes = b"null") -> bytes:
    """Give a request that runs a step over rows, one JSON array."""
    return msgspec.json.encode({"step": step, "inputs": {"INPUT_DATA": msgspec.Raw(rows)}})
