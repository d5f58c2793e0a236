"""
What every row is held against.

S: spawn an interpreter that does nothing. F: fork, end and reap a warm process without any wall.
C: decode, validate and encode the same rows once, in one process, with the libraries they pass.
"""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from processor.schema import Schema

FORKS: Final = Path(__file__).parent / "forks.py"


def spawn(python: Path) -> float:
    """Give how long S takes once, in milliseconds."""
    started = time.perf_counter()
    subprocess.run([python, "-I", "-S", "-c", "pass"], check=True, env={})  # noqa: S603
    return (time.perf_counter() - started) * 1000


def codec(content: bytes, schema: Schema) -> tuple[float, float]:
    """
    Give how long C takes once, and its validation alone, in milliseconds.

    By the standard library's codec, since that is the one that rows go through in a statement's
    process; the service's own takes half of that, and comes on top of it.
    """
    started = time.perf_counter()
    rows: list[Any] = json.loads(content)
    decoded = time.perf_counter()
    if not schema.validator.is_valid(rows):
        raise ValueError("the rows of the yardstick do not match its schema")
    validated = time.perf_counter()
    json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return (time.perf_counter() - started) * 1000, (validated - decoded) * 1000


class Forks:
    """Warm processes that fork, end and reap for as long as they are asked to: F."""

    def __init__(self, processes: Sequence["subprocess.Popen[str]"]) -> None:
        self._processes = processes

    def per_second(self, seconds: float) -> float:
        """Give how many forks a second all of them manage together."""
        for process in self._processes:
            print(seconds, file=process.stdin, flush=True)
        return sum(self._count(process) for process in self._processes) / seconds

    @staticmethod
    def _count(process: "subprocess.Popen[str]") -> int:
        assert process.stdout is not None
        return int(process.stdout.readline())


@contextmanager
def forks(python: Path, modules: Sequence[str], processes: int) -> Iterator[Forks]:
    """Warm some processes with these modules; they are gone when the block ends."""
    command = [str(python), "-I", "-X", "utf8", str(FORKS), *modules]
    with answering(command, processes) as warm:
        yield warm


@contextmanager
def answering(command: Sequence[str], processes: int) -> Iterator[Forks]:
    """Start a command some times, which answers seconds with what it did in them."""
    started = [
        subprocess.Popen(  # noqa: S603 (our own script, no shell)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={}
        )
        for _ in range(processes)
    ]
    try:
        warm = Forks(started)
        warm.per_second(0.1)  # its answer says that they are warm
        yield warm
    finally:
        for process in started:
            process.communicate()  # the end of its input is its own end
