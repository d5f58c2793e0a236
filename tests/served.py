"""A real service in a process of its own, and a small client for it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import children_of, zygote_of

COMMAND = Path(sys.executable).parent / "processor"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, kw_only=True)
class Served:
    """A service that listens on loopback."""

    process: subprocess.Popen[str]
    port: int

    def request(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send JSON, or bytes as they are, and give the answer with its body decoded."""
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=50)
        try:
            all_headers = {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, path, sent, all_headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(
            status=response.status, headers=lowered, body=json.loads(content) if content else None
        )

    @contextmanager
    def stream(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        """Send JSON, and give the answer to be read as it comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=50)
        try:
            all_headers = {"Content-Type": "application/json", **headers}
            connection.request(method, path, json.dumps(body).encode(), all_headers)
            yield connection.getresponse()
        finally:
            connection.close()

    def run(self, step: dict[str, Any], inputs: dict[str, Any] | None = None) -> Any:
        """Run a step and give the run."""
        answer = self.request("POST", "/v1/runs", {"step": step, "inputs": inputs or {}})
        assert answer.status == 200, answer
        return answer.body

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(10)

    def zygotes(self) -> list[int]:
        """Give the processes that it started to fork children."""
        return self._started("runtime.zygote")

    def keepers(self) -> list[int]:
        """Give the processes that it started for WebAssembly."""
        return self._started("runtime.wasm.keeper")

    def children(self) -> list[int]:
        """Give the processes that its zygotes forked."""
        return [child for zygote in self.zygotes() for child in children_of(zygote_of(zygote))]

    def wait_until_idle(self) -> None:
        """Return once no child is left, not even of the walls being tried at start."""
        while self.children():
            time.sleep(0.01)

    def _started(self, module: str) -> list[int]:
        started = children_of(self.process.pid)
        return [each for each in started if module in Path(f"/proc/{each}/cmdline").read_text()]


@contextmanager
def started(*arguments: str | Path, ready: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a command that goes on, and give its first line; it is gone when the block ends."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROCESSOR_")}
    environment["PROCESSOR_LIMITS__READY"] = str(ready)
    process = subprocess.Popen(
        [COMMAND, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        process.wait(40)
        process.stdout.close()


@contextmanager
def served(
    data_dir: Path, *arguments: str, config: Path | None = None, ready: int = 0
) -> Iterator[Served]:
    """Start a service on a free port, where so many children may wait; it ends with the block."""
    chosen: list[str | Path] = [] if config is None else ["--config", config]
    chosen += ["serve", "--port", "0", "--data-dir", data_dir, *arguments]
    with started(*chosen, ready=ready) as (process, line):
        assert line.startswith("listening on http://127.0.0.1:"), line
        service = Served(process=process, port=int(line.rpartition(":")[2]))
        if not ready:
            service.wait_until_idle()
        yield service


@contextmanager
def working(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a worker; it is gone when the block ends."""
    with started("work", "--data-dir", data_dir) as (process, line):
        assert line == f"working on sqlite:{data_dir}\n", line
        yield process


COLUMN_X = {"columns": [{"name": "x", "type": "Integer", "nullable": False}]}


def a_step(statement: str, **members: Any) -> dict[str, Any]:
    """Give a step of profile `processor` whose rows have one Integer, `x`."""
    return {"statement": statement, "output_schema": COLUMN_X, **members}
