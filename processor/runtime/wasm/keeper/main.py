"""A keeper's whole life: load the engine, put the walls up, run one job after the other."""

import json
import os
import resource
import sys
import threading
import time

from processor.runtime.guest import wire

from . import frames
from .component import TICK_SECONDS, ComponentEngine
from .job import Engine, Job
from .walls import listed_abi, restrictions


def main() -> None:
    """Serve the socket named in the arguments; ends with the host."""
    socket, parent = map(int, sys.argv[1:3])
    memory = os.open("/proc/self/statm", os.O_RDONLY)
    engine = ComponentEngine(
        sys.argv[3], counts_fuel=sys.argv[4] == "fuel", memory_bytes=lambda: _writable(memory)
    )
    known = engine.prepare()
    version = listed_abi()  # asked for while it may be
    walls = restrictions(parent, user=int(sys.argv[5]))
    for wall in walls:
        wall.apply()
    told = {
        **known,
        "restrictions": [wall.describe() for wall in walls],
        "landlock_abi": version,
    }
    wire.write_frame(socket, wire.READY, json.dumps(told).encode())
    _Keeper(engine, socket).serve()


class _Keeper:
    """Runs jobs; while one runs, another thread tells the engine that time passes."""

    def __init__(self, engine: Engine, socket: int) -> None:
        self._engine = engine
        self._socket = socket
        self._running = threading.Event()

    def serve(self) -> None:
        threading.Thread(target=self._tick, daemon=True).start()
        while True:
            try:
                kind, content = wire.read_any(self._socket)
                if kind == frames.PRIME:
                    self._engine.prime()
                else:
                    self._run(json.loads(content))
            except (EOFError, ConnectionError):  # the host is gone, or gave us up
                return

    def _run(self, given: dict[str, object]) -> None:
        count = int(str(given.pop("inputs")))
        inputs = [wire.read_frame(self._socket, wire.INPUT).decode() for _ in range(count)]
        job = Job(inputs=inputs, **given)  # type: ignore[arg-type] # the host's own words
        started = time.process_time()
        self._running.set()
        try:
            end = self._engine.run(job, self._tell, self._ask)
        finally:
            self._running.clear()
        told = {
            "how": end.how,
            "detail": end.detail,
            "memory_bytes": end.memory_bytes,
            "cpu_seconds": time.process_time() - started,
        }
        wire.write_frame(self._socket, frames.END, json.dumps(told).encode())
        self._engine.rest()

    def _tick(self) -> None:
        pause = threading.Event()
        while True:
            self._running.wait()
            pause.wait(TICK_SECONDS)
            self._engine.tick()

    def _tell(self, kind: bytes, content: bytes) -> None:
        wire.write_frame(self._socket, kind, content)

    def _ask(self, name: str, content: str) -> str:
        question = json.dumps({"name": name, "content": content}).encode()
        wire.write_frame(self._socket, frames.ASKED, question)
        return wire.read_frame(self._socket, frames.ANSWER).decode()


def _writable(statm: int) -> int:
    """
    Give how much memory this process may write; its file was opened before the walls.

    What an instance's memory has grown to is in it, whether it was written or not.
    """
    return int(os.pread(statm, 100, 0).split()[5]) * resource.getpagesize()
