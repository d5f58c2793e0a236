"""Frames: whole, however their bytes arrive."""

import fcntl
import io
import json
import mmap
import os
import signal
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.runtime.guest.wire import (
    ENTRY,
    INPUT,
    RETURNED,
    encoded,
    parse_prefix,
    prefix,
    read_frame,
    write_frame,
)

frames = st.lists(st.binary(max_size=200), max_size=5)


@contextmanager
def pipe() -> Iterator[tuple[io.FileIO, io.FileIO]]:
    read, write = os.pipe()
    with io.FileIO(read, "rb") as reading, io.FileIO(write, "wb") as writing:
        yield reading, writing


def read_back(content: bytes) -> bytes:
    with pipe() as (reading, writing):
        writing.write(content)
        writing.close()
        return read_frame(reading.fileno(), INPUT)


@given(st.binary(min_size=1, max_size=1), st.integers(0, 2**32 - 1))
def test_a_prefix_reads_as_it_was_written(kind: bytes, length: int) -> None:
    assert parse_prefix(prefix(kind, length)) == (kind, length)


def test_a_frame_longer_than_four_bytes_can_say_cannot_be_written() -> None:
    with pytest.raises(OverflowError):
        prefix(RETURNED, 2**32)


@given(frames)
def test_frames_read_as_they_were_written(contents: list[bytes]) -> None:
    with pipe() as (reading, writing):
        for content in contents:
            write_frame(writing.fileno(), INPUT, content)

        assert [read_frame(reading.fileno(), INPUT) for _ in contents] == contents


@settings(deadline=None)
@given(frames, st.data())
def test_any_split_of_the_bytes_gives_the_same_frames(
    contents: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(prefix(INPUT, len(content)) + content for content in contents)
    cuts = data.draw(st.lists(st.integers(0, len(stream))).map(sorted))
    places = zip([0, *cuts], [*cuts, len(stream)], strict=True)
    parts = [stream[start:end] for start, end in places]
    with pipe() as (reading, writing):

        def write_parts() -> None:
            for part in parts:
                writing.write(part)

        thread = threading.Thread(target=write_parts)
        thread.start()
        found = [read_frame(reading.fileno(), INPUT) for _ in contents]
        thread.join()

    assert found == contents


def test_a_frame_larger_than_a_pipe_holds_is_whole() -> None:
    content = os.urandom(3 << 20)
    with pipe() as (reading, writing):
        thread = threading.Thread(target=write_frame, args=(writing.fileno(), INPUT, content))
        thread.start()
        found = read_frame(reading.fileno(), INPUT)
        thread.join()

    assert found == content


def test_a_write_that_a_signal_cuts_short_goes_on() -> None:
    content = os.urandom(1 << 20)
    found: list[bytes] = []
    interrupted = threading.Event()
    writer = threading.get_ident()
    with pipe() as (reading, writing):
        full = fcntl.fcntl(reading, fcntl.F_GETPIPE_SZ) - mmap.PAGESIZE

        def interrupt_then_read() -> None:
            while (
                int.from_bytes(fcntl.ioctl(reading, termios.FIONREAD, b"\0" * 4), "little") < full
            ):
                pass
            signal.pthread_kill(writer, signal.SIGUSR1)
            assert interrupted.wait(30)
            found.append(read_frame(reading.fileno(), INPUT))

        before = signal.signal(signal.SIGUSR1, lambda *_: interrupted.set())
        thread = threading.Thread(target=interrupt_then_read)
        thread.start()
        write_frame(writing.fileno(), INPUT, content)
        writing.close()
        thread.join()
        signal.signal(signal.SIGUSR1, before)

    assert found == [content]


@given(st.binary(max_size=30), st.data())
def test_a_frame_that_is_cut_short_is_an_end(content: bytes, data: st.DataObject) -> None:
    whole = prefix(INPUT, len(content)) + content
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]

    with pytest.raises(EOFError):
        read_back(cut)


def test_a_frame_of_another_kind_is_an_end() -> None:
    with pytest.raises(EOFError, match="a frame b'i' was expected, b'l' came"):
        read_back(prefix(ENTRY, 1) + b"x")


@given(st.dictionaries(st.text(), st.text() | st.integers()))
def test_a_message_is_json_whatever_text_is_in_it(message: dict[str, str | int]) -> None:
    def clean(value: object) -> object:
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value

    found = json.loads(encoded(message).decode("utf-8", "strict"))

    assert found == {clean(key): clean(value) for key, value in message.items()}
