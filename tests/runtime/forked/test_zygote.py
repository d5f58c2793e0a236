"""Zygotes that are stuck, cannot start, or cannot be understood: nobody waits for them for ever."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent

import pytest

from processor.environment import Environment
from processor.errors import ProcessorFault
from processor.runtime.forked import ForkedRuntime, zygote
from processor.runtime.jail import Terms
from tests.build import an_environment
from tests.processes import zygote_of
from tests.runtime.jail.jails import ABLE

from .host import Host, descriptors, left_since

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEAKS = "import json, signal, socket, sys; control = socket.socket(fileno=int(sys.argv[-2]))\n"
WARM = f"""
warm = {{"event": "warm", "threads": 1, "machine": {asdict(ABLE)}}}
control.send(json.dumps(warm).encode())
"""
TERMS = Terms(memory_bytes=1, cpu_seconds=1, open_files=1, tmp_bytes=1, threads=1)


def speaking(folder: Path, script: str) -> Environment:
    """Give an environment whose zygote is a script."""
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!{sys.executable}\n{SPEAKS}{dedent(script)}")
    python.chmod(0o755)
    return an_environment(python=python)


@contextmanager
def few_descriptors(more: int) -> Iterator[None]:
    """Leave this process room for so many descriptors more."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + more, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


async def test_a_zygote_that_is_stopped_is_replaced(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    await host.run("return []")
    stopped = host.zygote
    os.kill(zygote_of(stopped._process.pid), signal.SIGSTOP)
    monkeypatch.setattr(zygote, "LONGEST_FORK_SECONDS", 1.0)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(host.rows("return [{'a': 1}]")) for _ in range(3)]

    assert [run.result() for run in runs] == [[{"a": 1}]] * 3
    assert host.zygote is not stopped
    assert stopped._process.poll() == -signal.SIGKILL


async def test_a_zygote_that_does_not_get_warm_in_time_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zygote, "LONGEST_WARM_SECONDS", 0.3)
    environment = speaking(tmp_path, "signal.pause()")
    async with ForkedRuntime() as runtime:
        with pytest.raises(ProcessorFault, match=r"not warm within 0\.3 seconds"):
            await runtime.warm_up(environment)

        (ended,) = runtime._zygotes._by_digest.values()
        assert not ended.alive
        assert ended._process.wait(10) == -signal.SIGKILL


async def test_an_interpreter_that_cannot_be_executed_is_a_fault(tmp_path: Path) -> None:
    environment = speaking(tmp_path, "")
    environment.python.chmod(0o644)
    before = descriptors()
    async with ForkedRuntime() as runtime:
        with pytest.raises(ProcessorFault, match=r"cannot be started: .*Permission denied"):
            await runtime.warm_up(environment)

    assert not await left_since(before)


@pytest.mark.parametrize(
    "said",
    ["b'no JSON'", "b'[]'", 'b\'{"event": "ended", "number": 7, "exit_code": 0}\''],
    ids=["no JSON", "no event", "of a child that nobody asked for"],
)
async def test_a_zygote_that_cannot_be_understood_is_ended(tmp_path: Path, said: str) -> None:
    environment = speaking(tmp_path, f"{WARM}control.recv(1)\ncontrol.send({said})\nsignal.pause()")
    async with asyncio.timeout(30), ForkedRuntime() as runtime:
        started = await runtime._zygotes.get(environment)

        with pytest.raises(zygote.ZygoteEnded, match="does not understand"):
            await started.fork(TERMS, 0, 1)

    assert not started.alive


@pytest.mark.parametrize("room", [1, 2, 3, 4])
async def test_a_fork_without_room_for_descriptors_is_a_fault_and_the_next_one_is_not(
    host: Host, room: int
) -> None:
    await host.run("return []")
    async with asyncio.timeout(30):
        with few_descriptors(room), pytest.raises((ProcessorFault, OSError)):
            await host.run("return []")

        assert await host.rows("return [{'a': 1}]") == [{"a": 1}]
