"""The host's ends of a child's pipes: what goes through, who waits, and who is not waited for."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from processor.runtime.forked.ends import LARGE_PIPE_BYTES, PIPE_BYTES, Incoming, Outgoing

LARGE = os.urandom(3 * LARGE_PIPE_BYTES + 1)


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def pipe(held: ExitStack) -> tuple[int, int]:
    read, write = os.pipe()
    held.callback(_close, read)
    held.callback(_close, write)
    return read, write


def _close(descriptor: int) -> None:
    with suppress(OSError):  # a test has hung up before
        os.close(descriptor)


async def test_what_is_there_is_given_in_pieces_of_the_size_that_is_asked_for(
    held: ExitStack,
) -> None:
    read, write = pipe(held)
    os.write(write, b"abcdef")
    incoming = Incoming(read)

    assert [await incoming.readexactly(count) for count in (1, 0, 3, 2)] == [
        b"a",
        b"",
        b"bcd",
        b"ef",
    ]


async def test_who_reads_waits_for_what_is_not_there_yet(held: ExitStack) -> None:
    read, write = pipe(held)
    incoming = Incoming(read)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(incoming.readexactly(2))
        await asyncio.sleep(0)
        os.write(write, b"a")
        await asyncio.sleep(0.01)
        assert not reading.done()
        os.write(write, b"b")

    assert reading.result() == b"ab"


async def test_who_hangs_up_in_the_middle_is_told_of_with_what_came(held: ExitStack) -> None:
    read, write = pipe(held)
    os.write(write, b"ab")
    os.close(write)

    with pytest.raises(asyncio.IncompleteReadError) as caught:
        await Incoming(read).readexactly(3)

    assert (caught.value.partial, caught.value.expected) == (b"ab", 3)


async def test_more_than_a_pipe_holds_goes_through_whole(held: ExitStack) -> None:
    read, write = pipe(held)
    incoming, outgoing = Incoming(read), Outgoing(write)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outgoing.write(LARGE))
        reading = tasks.create_task(incoming.readexactly(len(LARGE)))

    assert reading.result() == LARGE


async def test_no_more_is_taken_at_once_than_there_is_room_for(held: ExitStack) -> None:
    _, write = pipe(held)
    outgoing = Outgoing(write)

    assert outgoing.write_some(LARGE) == PIPE_BYTES
    assert outgoing.write_some(LARGE) == 0


async def test_who_writes_to_one_who_hung_up_is_told(held: ExitStack) -> None:
    read, write = pipe(held)
    os.close(read)

    with pytest.raises(ConnectionError):
        await Outgoing(write).write(b"a")


async def test_who_stops_waiting_is_watched_for_no_longer(held: ExitStack) -> None:
    read, _ = pipe(held)
    incoming = Incoming(read)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await incoming.readexactly(1)

    assert not asyncio.get_running_loop().remove_reader(read)


async def test_a_pipe_that_is_always_full_holds_up_nobody_else(held: ExitStack) -> None:
    read, write = pipe(held)
    incoming, outgoing = Incoming(read), Outgoing(write)
    turns = 0
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outgoing.write(LARGE))
        reading = tasks.create_task(incoming.readexactly(len(LARGE)))
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1

    assert turns >= len(LARGE) // LARGE_PIPE_BYTES
