"""
Frames between host and guest: one byte that says what it is, four of length, then the content.

Not pickle, which would run whatever a guest sends; not the standard streams, which libraries use.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Source: TypeAlias = int | Callable[[bytes], bytes]
"""Where frames come from: a descriptor, or what gives a frame of a kind where there is none."""
Sink: TypeAlias = int | Callable[[bytes, bytes], None]
"""Where frames go: a descriptor, or what takes kind and content where there is none."""

READY: Final = b"r"
"""Guest to host: the walls are up (JSON, what is in force); the payload may come."""
UNLOCKED: Final = b"u"
"""Guest to host: a wall did not go up (text, why); the process ends."""
HEADER: Final = b"h"
"""Host to guest: what to run and how (JSON)."""
INPUT: Final = b"i"
"""Host to guest: one input (JSON), in the order that the header names them."""
ENTRY: Final = b"l"
"""Guest to host: one line of the author's log (JSON)."""
ROWS: Final = b"s"
"""Guest to host: some of the rows (JSON), of a statement that yields them."""
PART: Final = b"t"
"""Guest to host: some of the rows that a statement returned (JSON), where they are many."""
COUNTS: Final = b"c"
"""Guest to host: how many rows each input row gave, null where it failed (JSON)."""
PNG: Final = b"p"
"""Guest to host: one figure."""
SVG: Final = b"v"
"""Guest to host: the same figure as the PNG before it."""
RETURNED: Final = b"o"
"""Guest to host: what the statement returned (JSON). The first RETURNED or FAILED ends the run."""
FAILED: Final = b"e"
"""Guest to host: why there is no result (JSON)."""
FINDINGS: Final = b"w"
"""Guest to host: what is wrong with a statement that is only checked (JSON). Ends the check."""
STREAMED: Final = b"m"
"""Guest to host: something that a node streams (JSON, its type and its data)."""

PREFIX_BYTES: Final = 5
JOINED_BYTES: Final = 16 << 10
"""Up to which copying a frame's content costs less than another call."""


def encoded(message: Mapping[str, Any]) -> bytes:
    r"""
    Give a message as JSON that every reader takes: one with a lone surrogate is none.

    >>> encoded({"message": "a\ud800"})
    b'{"message": "a?"}'
    """
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")


def prefix(kind: bytes, length: int) -> bytes:
    r"""
    Give what stands before a frame's content.

    >>> prefix(ENTRY, 258)
    b'l\x00\x00\x01\x02'
    """
    return kind + length.to_bytes(4, "big")


def parse_prefix(data: bytes) -> tuple[bytes, int]:
    r"""
    Read a frame's kind and length.

    >>> parse_prefix(b"l\x00\x00\x01\x02")
    (b'l', 258)
    """
    return data[:1], int.from_bytes(data[1:PREFIX_BYTES], "big")


def write_frame(sink: Sink, kind: bytes, content: bytes) -> None:
    """Write one frame, whole."""
    if callable(sink):
        sink(kind, content)
        return
    head = prefix(kind, len(content))
    if len(content) <= JOINED_BYTES:  # in one piece: whoever reads it is woken once
        _write(sink, head + content)
        return
    _write(sink, head)
    _write(sink, content)


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_frame(source: Source, expected: bytes) -> bytes:
    """Read one frame of the expected kind, whole; raises EOFError where it is not there."""
    if callable(source):
        return source(expected)
    kind, content = read_any(source)
    if kind != expected:
        raise EOFError(f"a frame {expected!r} was expected, {kind!r} came")
    return content


def read_any(source: int) -> tuple[bytes, bytes]:
    """Read one frame of whatever kind, whole; raises EOFError where it is not there."""
    kind, length = parse_prefix(_read(source, PREFIX_BYTES))
    return kind, _read(source, length)


def _read(descriptor: int, length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        part = os.read(descriptor, min(length - len(content), 1 << 20))
        if not part:
            raise EOFError("the host closed the payload")
        content += part
    return bytes(content)
