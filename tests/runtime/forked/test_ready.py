"""A child's first words: what it says of its walls, held against what is seen of it."""

import json
import os
from dataclasses import asdict

import pytest

from processor.errors import ProcessorFault
from processor.runtime.forked import ready
from processor.runtime.forked.ready import facts_of, look, wait_until_ready
from processor.runtime.forked.zygote import ZygoteEnded
from processor.runtime.guest import wire
from processor.runtime.jail.evidence import Isolation, Seen, Told

from .pipes import Pipes, piped

EVERYTHING = Told(
    private_root=True,
    namespaces=("user", "mnt", "net", "ipc", "uts", "cgroup", "pid"),
    namespaces_frozen=True,
    landlock_abi=7,
    filtered=True,
    sockets="denied",
    exec_memory_denied=True,
)


def say(pipes: Pipes, kind: bytes, content: bytes) -> None:
    wire.write_frame(pipes.frames.fileno(), kind, content)


def say_walls(pipes: Pipes, told: Told) -> None:
    content = {"restrictions": ["a", "b"], "told": asdict(told)}
    say(pipes, wire.READY, json.dumps(content).encode())


async def test_the_walls_in_words_are_what_the_child_says() -> None:
    async with piped() as pipes:
        say_walls(pipes, EVERYTHING)

        assert (await wait_until_ready(pipes.child, least_level=0)).restrictions == ("a", "b")


async def test_a_child_that_is_not_seen_to_have_walls_has_none() -> None:
    async with piped(process=os.getpid()) as pipes:
        say_walls(pipes, EVERYTHING)

        assert (await wait_until_ready(pipes.child, least_level=0)).isolation.level == 0


async def test_a_child_that_is_gone_has_no_walls() -> None:
    async with piped() as pipes:
        say_walls(pipes, EVERYTHING)

        with pytest.raises(ProcessorFault, match="level 0, not 1"):
            await wait_until_ready(pipes.child, least_level=1)


async def test_a_level_that_is_not_reached_is_a_fault_that_says_how_it_is() -> None:
    async with piped(process=os.getpid()) as pipes:
        say_walls(pipes, Told())

        with pytest.raises(ProcessorFault, match="network is none, not netns: run the service as"):
            await wait_until_ready(pipes.child, least_level=3)


async def test_a_child_that_begins_with_anything_else_is_a_fault() -> None:
    async with piped() as pipes:
        say(pipes, wire.RETURNED, b"[]")

        with pytest.raises(ProcessorFault, match="a child began with b'o'"):
            await wait_until_ready(pipes.child, least_level=0)


async def test_a_child_that_begins_with_very_much_is_a_fault_and_not_read() -> None:
    async with piped() as pipes:
        pipes.frames.write(wire.prefix(wire.READY, 1 << 31))

        with pytest.raises(ProcessorFault, match="a child began with 2147483648 bytes"):
            await wait_until_ready(pipes.child, least_level=0)


async def test_a_wall_that_does_not_go_up_is_a_fault_that_names_it() -> None:
    async with piped() as pipes:
        say(pipes, wire.UNLOCKED, "OSError: [Errno 1] capset é".encode())

        with pytest.raises(ProcessorFault, match=r"did not go up: OSError: \[Errno 1\] capset é"):
            await wait_until_ready(pipes.child, least_level=0)


async def test_a_child_that_ends_before_its_walls_are_up_is_a_fault() -> None:
    async with piped() as pipes:
        pipes.frames.close()
        pipes.ended.set_result(1)

        with pytest.raises(ProcessorFault, match="before its walls were up") as caught:
            await wait_until_ready(pipes.child, least_level=0)

    assert not isinstance(caught.value, ZygoteEnded)


async def test_a_child_that_ends_with_its_zygote_can_be_replaced() -> None:
    async with piped() as pipes:
        pipes.frames.close()
        pipes.ended.set_result(None)

        with pytest.raises(ZygoteEnded):
            await wait_until_ready(pipes.child, least_level=0)


async def test_a_child_whose_walls_do_not_come_up_in_time_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ready, "LONGEST_START_SECONDS", 0.1)
    async with piped() as pipes:
        with pytest.raises(ProcessorFault, match=r"no walls up after 0\.1 seconds"):
            await wait_until_ready(pipes.child, least_level=0)


def test_of_a_process_that_is_gone_nothing_counts() -> None:
    assert look(-1) == Seen()


def test_we_see_ourselves() -> None:
    found = look("self")

    assert found.pids[0] == os.getpid()
    assert found.users == (os.getuid(),) * 4
    assert {"user", "mnt", "net", "pid"} <= set(found.namespaces)


def an_isolation(**facts: object) -> Isolation:
    everything: dict[str, object] = {
        "filesystem": "private_root",
        "network": "netns",
        "processes": "pidns",
        "uid": "per_execution",
        "memory": "rlimit+watchdog",
        "syscalls": "allowlist",
        "capabilities": "none",
        "no_new_privs": True,
        "namespaces_frozen": True,
        "exec_memory": "deny",
        "landlock_abi": 7,
    }
    return Isolation(**{**everything, **facts})  # type: ignore[arg-type] # each fact by its name


def test_many_walls_are_told_without_a_warning() -> None:
    facts = facts_of(an_isolation())

    assert facts["level"] == 3
    assert "warning" not in facts


def test_few_walls_are_told_with_a_warning_that_names_them() -> None:
    facts = facts_of(an_isolation(uid="shared", filesystem="landlock", network="seccomp_deny"))

    assert facts["level"] == 1
    assert str(facts["warning"]).startswith("run only trusted statements: uid is shared, not per_")
