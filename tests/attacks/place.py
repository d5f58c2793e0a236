"""
A script: run every attack with the allowlist on and off, whoever and wherever this is.

What to run and where is one JSON object on standard input; what was seen is one on standard output.
"""

import ast
import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog

from processor.chunks import Chunks
from processor.delivery import deliver
from processor.egress import NO_NETWORK, Policy, read_policy
from processor.environment import Environment
from processor.errors import StepError
from processor.runtime.contract import Assignment
from processor.runtime.forked import ForkedRuntime
from processor.schema import read_schema
from processor.step import Limits, Step
from processor.values import Json
from tests.attacks import canaries, clean
from tests.attacks.cases import PROFILES, Attack, Benign, aimed, read_attacks, read_benign
from tests.attacks.judge import Place, Seen
from tests.processes import children_of, zygote_of
from tests.runtime.forked.host import LIMITS as ORDINARY_LIMITS

LIMITS = replace(
    ORDINARY_LIMITS, wall=timedelta(seconds=20), rows=10_000, threads=32, tmp_bytes=4 << 20
)
SCHEMA: dict[str, Json] = {"type": "array"}
LONGEST_SHOWN = 2000
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended: the code, and everything that a caller would get of it."""

    code: str
    rows: bytes
    answer: bytes


@dataclass(frozen=True, kw_only=True)
class Here:
    """The runtime of this place, what it must keep, and how to run something on it."""

    runtime: ForkedRuntime
    environment: Environment
    set_out: canaries.Canaries
    folder: Path

    async def run(
        self,
        statement: str,
        *,
        limits: Limits = LIMITS,
        network: Policy = NO_NETWORK,
        more_imports: frozenset[str] = frozenset(),
    ) -> Ended:
        step, output = a_step(statement, limits, network), read_schema(SCHEMA)
        parts: list[bytes] = []
        allowed = self.environment.allowed_imports | more_imports
        assignment = Assignment(
            statement=statement,
            inputs={"INPUT_DATA": b"null", "DATA_CHECKPOINT": b"null"},
            nullable=frozenset(),
            environment=replace(self.environment, allowed_imports=allowed),
            limits=limits,
            network=network,
        )

        async def keep(_number: int, content: bytes) -> None:
            parts.append(content)

        chunks = Chunks(step, output, keep)
        execution = await self.runtime.execute(assignment, chunks.take)
        said = [msgspec.json.encode(execution.entries), *(each.svg for each in execution.figures)]
        try:
            delivered = await deliver(execution, assignment, step, output, SCHEMA, chunks)
        except StepError as error:
            told = [error.message, error.hint, error.traceback, error.type_name]
            return Ended(code=error.code, rows=b"", answer=b" ".join([str(told).encode(), *said]))
        assert delivered.rows is not None, "a body gives rows"
        content = delivered.rows.content
        rows = b" ".join([*parts, content])
        return Ended(code="succeeded", rows=content, answer=b" ".join([rows, *said]))

    async def next_run(self) -> dict[str, Any]:
        """Give what a benign run finds."""
        ended = await self.run(clean.STATEMENT)
        if ended.code != "succeeded":
            return {"code": ended.code, "answer": ended.answer.decode("utf-8", "replace")[:1000]}
        found: dict[str, Any] = json.loads(ended.rows)[0]
        return found

    async def attacked(self, attack: Attack, profile: str) -> Seen:
        statement = aimed(attack.statement, self.set_out.places())
        before = self.held()
        started = time.monotonic()
        ended = await self.run(
            statement,
            limits=limits_of(attack),
            network=self.network(attack),
            more_imports=everything(statement) if profile == "off" else frozenset(),
        )
        seconds = time.monotonic() - started
        return Seen(
            attack=attack.id,
            profile=profile,
            code=ended.code,
            shown=ended.answer[:LONGEST_SHOWN].decode("utf-8", "replace"),
            pwned=says_that_it_got_through(ended.rows),
            leaked=self.set_out.leaked_in(ended.answer),
            came=self.set_out.visitors(),
            seconds=seconds,
            left=await self.left_since(before),
            next=await self.next_run(),
        )

    def network(self, attack: Attack) -> Policy:
        ports = (80, 443, self.set_out.port)
        match attack.network:
            case "none":
                return NO_NETWORK
            case "allowlist":
                return read_policy("allowlist", canaries.HOSTS, ports)
            case _:
                return read_policy("open", None, ports)

    def zygote(self) -> int:
        zygotes = self.runtime._zygotes._by_digest
        return zygote_of(zygotes[self.environment.digest]._process.pid)

    def held(self) -> frozenset[str]:
        """Give what a run could leave behind, each thing in words."""
        children = {f"process {each}" for each in children_of(self.zygote())}
        mounts = {f"mount {line}" for line in Path("/proc/self/mounts").read_text().splitlines()}
        files = {f"file {path}" for path in self.folder.rglob("*")}
        slots = self.runtime._zygotes._slots._made
        counted = {f"process {each} in a control group" for slot in slots for each in slot.inside()}
        return frozenset(children | mounts | files | counted | descriptors())

    async def left_since(self, before: frozenset[str]) -> list[str]:
        """Give what is there that was not, once what is on its way out has had the time to go."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (left := self.held() - before) and time.monotonic() < until:
            await asyncio.sleep(0.01)
        return sorted(left)


def a_step(statement: str, limits: Limits, network: Policy) -> Step:
    return Step(
        id=None,
        profile="processor",
        statement=statement,
        environment="processor-3.2",
        type_hints="reject",
        output_schema=SCHEMA,
        input_schema=None,
        checkpoint_column=None,
        limits=limits,
        network=network,
    )


def limits_of(attack: Attack) -> Limits:
    given: dict[str, Any] = dict(attack.limits)
    if "cpu_seconds" in given:
        given["cpu"] = timedelta(seconds=given.pop("cpu_seconds"))
    return replace(LIMITS, wall=timedelta(seconds=attack.wall_seconds), **given)


def everything(statement: str) -> frozenset[str]:
    """Give what lists every module that a statement could name: no policy is left."""
    named = set(sys.stdlib_module_names)
    for node in ast.walk(ast.parse(f"async def statement():\n{indented(statement)}")):
        if isinstance(node, ast.Import):
            named |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.add(node.module)
    return frozenset(f"{each.partition('.')[0]}.*" for each in named)


def indented(statement: str) -> str:
    return "\n".join(f" {line}" for line in statement.split("\n"))


def says_that_it_got_through(rows: bytes) -> bool:
    """Tell whether any row has `"pwned": true`."""
    try:
        read = json.loads(rows or b"[]")
    except ValueError:
        return False
    return any(isinstance(row, dict) and row.get("pwned") is True for row in read)


def descriptors() -> set[str]:
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"descriptor {path.name} {path.readlink()}")
        except FileNotFoundError:  # the one that lists them
            continue
    return found


def digest_of(folder: Path) -> str:
    """Give a digest of what is in a folder: names, sizes, modes and times of change."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        told = (str(path), status.st_size, status.st_mode, status.st_mtime_ns)
        digest.update(repr(told).encode())
    return digest.hexdigest()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


async def told(given: Mapping[str, Any]) -> Place:
    environment = msgspec.convert(
        given["environment"], Environment, dec_hook=lambda kind, text: kind(text)
    )
    folder = Path(given["folder"])
    packages = environment.python.parents[1]
    async with AsyncExitStack() as stack:
        set_out = await stack.enter_async_context(
            canaries.set_out(folder, os.environ["SERVICE_SECRET"])
        )
        runtime = await stack.enter_async_context(ForkedRuntime(canaries.outside()))
        proof = await runtime.prove(environment)
        await runtime.warm_up(environment)
        here = Here(runtime=runtime, environment=environment, set_out=set_out, folder=folder)
        first, digest, file = await here.next_run(), digest_of(packages), digest_of(folder)
        benign = {each.title: await ended_in(each, here) for each in read_benign()}
        zygote, resident = here.zygote(), resident_bytes()
        seen = [await here.attacked(each, way) for each in read_attacks() for way in PROFILES]
        return Place(
            level=proof.isolation.level,
            first=first,
            seen=seen,
            benign=benign,
            packages_changed=digest != digest_of(packages),
            zygote_changed=zygote != here.zygote(),
            files_changed=file != digest_of(folder),
            grown_bytes=resident_bytes() - resident,
        )


async def ended_in(case: Benign, here: Here) -> str:
    """Give the code in which a benign statement ends, and its answer where that is an error's."""
    run = await here.run(case.statement, more_imports=everything(case.statement))
    answer = run.answer.decode("utf-8", "replace")[:LONGEST_SHOWN]
    return run.code if run.code == "succeeded" else f"{run.code}: {answer}"


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    result = asyncio.run(told(json.load(sys.stdin)))
    sys.stdout.buffer.write(msgspec.json.encode(result))
