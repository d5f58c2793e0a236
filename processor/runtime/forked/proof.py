"""
Whether the walls hold, found by running against them.

What a child tells and what the kernel shows of it are evidence that walls are there; that they keep
anything out is seen when somebody tries. So canaries are set out, a file and two sockets of the
service's own, and a statement that may import what it likes tries to get at them, as an author's
could.
"""

import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from processor.environment import Environment
from processor.errors import ProcessorFault
from processor.runtime.contract import Assignment, Report, Returned
from processor.runtime.findings import CHECK_LIMITS
from processor.runtime.jail import Isolation, Machine
from processor.values import Json

from .ready import facts_of

LIMITS: Final = replace(
    CHECK_LIMITS,
    wall=timedelta(seconds=20),
    cpu=timedelta(seconds=10),
    output_bytes=1 << 20,
    rows=100,
)
IMPORTS: Final = frozenset({"os", "resource", "socket"})
STATEMENT: Final = """
import os, resource, socket
canary = INPUT_DATA[0]

def connect(family, address):
    with socket.socket(family) as stream:
        stream.settimeout(1)
        stream.connect(address)

attempts = {
    "read a file of the machine": lambda: open(canary["file"]).read(),
    "list the folders of the machine": lambda: os.listdir(os.path.dirname(canary["file"])),
    "change a file of the machine": lambda: open(canary["file"], "a").close(),
    "read the service's environment": lambda: open(f"/proc/{canary['process']}/environ").read(),
    "read the first process's environment": lambda: open("/proc/1/environ").read(),
    "reach the service's loopback": lambda: connect(socket.AF_INET, ("127.0.0.1", canary["port"])),
    "reach a local socket": lambda: connect(socket.AF_UNIX, "\\0" + canary["name"]),
    "start a process": lambda: os.fork() or os._exit(0),
    "signal the service": lambda: os.kill(canary["process"], 0),
    "become root": lambda: os.setuid(0),
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
}

def stopped(attempt):
    try:
        attempt()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

return [{"what": what, "stopped": stopped(attempt)} for what, attempt in attempts.items()]
"""


class Attempt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a statement must not do, and what kept it from it."""

    what: str
    stopped: str | None
    """The error that it met; None where it got through."""

    def describe(self) -> str:
        """Say what was tried, and what came of it."""
        return f"{self.what}: {self.stopped or 'got through'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """The walls around a child, and what came of running against them."""

    machine: Machine
    isolation: Isolation
    restrictions: tuple[str, ...]
    attempts: tuple[Attempt, ...]

    def told(self) -> Mapping[str, Json]:
        """Give what is told of it where runs are not: the level, each fact, and what is amiss."""
        facts = facts_of(self.isolation)
        if not self.got_through:
            return facts
        done = ", ".join(self.got_through)
        return {**facts, "level": 0, "warning": f"run only trusted statements: they can {done}"}

    @property
    def got_through(self) -> tuple[str, ...]:
        """What was done that no statement may do."""
        return tuple(each.what for each in self.attempts if each.stopped is None)


@contextmanager
def canaries() -> Iterator[dict[str, Any]]:
    """Set canaries out, which anybody may use that gets to them; give where they are."""
    name = f"processor-canary-{os.urandom(8).hex()}"
    with (
        tempfile.TemporaryDirectory(prefix="canary-") as folder,
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as named,
    ):
        file = Path(folder, "canary")
        file.write_text("got through")
        file.chmod(0o666)  # and nothing else in the folder, which is removed by who may be root
        Path(folder).chmod(0o755)
        named.bind(f"\0{name}")
        named.listen()
        yield {
            "file": str(file),
            "port": port.getsockname()[1],
            "name": name,
            "process": os.getpid(),
        }


def attack_on(set_out: dict[str, Any], environment: Environment) -> Assignment:
    """Give what is to be run."""
    return Assignment(
        statement=STATEMENT,
        inputs={"INPUT_DATA": json.dumps([set_out]).encode(), "DATA_CHECKPOINT": b"null"},
        nullable=frozenset(),
        environment=replace(environment, allowed_imports=IMPORTS),
        limits=LIMITS,
    )


async def take_none(content: bytes, *, returned: bool = False) -> None:
    """Take rows before the last, of which there are none: what was tried is little."""
    del content, returned


def attempts_of(report: Report) -> tuple[Attempt, ...]:
    """Read what was tried; raises ProcessorFault where it was not."""
    match report:
        case Returned(content=content):
            return msgspec.json.decode(content, type=tuple[Attempt, ...])
        case _:
            raise ProcessorFault(f"the walls could not be tried: {report}")
