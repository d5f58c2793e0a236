"""Whatever bytes a child writes, the host reads a report out of them and nothing else."""

import asyncio
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from processor.runtime.contract import Died, Exceeded, Refused, Report, Returned
from processor.runtime.failure import MOST_FINDINGS
from processor.runtime.forked.conversation import MOST_FIGURES, Conversation
from processor.runtime.guest import wire
from processor.runtime.heard import MOST_ENTRIES

from .test_conversation import talking

KINDS = [b"r", b"u", b"h", b"i", b"l", b"s", b"c", b"p", b"v", b"o", b"e", b"w", b"\0", b"z"]
WORDS = ("code", "message", "level", "source", "line", "findings", "type", "column", "hint")
VALUES = ("statement_raised", "memory_limit", "killed", "info", "log", "service", "", "\ud800")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(VALUES)
MESSAGES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=12,
).map(lambda message: json.dumps(message).encode("utf-8", "surrogatepass"))
CONTENTS = (
    st.binary(max_size=40)
    | MESSAGES
    | st.sampled_from([b"\x89PNG\r\n\x1a\n", b"<?xml ?>", b"[" * 2000, b"9" * 5000, b"[]", b"null"])
)
FRAMES = st.builds(
    lambda kind, content: wire.prefix(kind, len(content)) + content,
    st.sampled_from(KINDS),
    CONTENTS,
)
LYING = st.builds(wire.prefix, st.sampled_from(KINDS), st.integers(0, 2**32 - 1))
STREAMS = st.lists(FRAMES | FRAMES | LYING | st.binary(max_size=8), max_size=6).map(b"".join)


def heard(stream: bytes, exit_code: int | None = 0) -> tuple[Report, Conversation]:
    """Give what is made of a child that writes this, hangs up, and ends."""

    async def said() -> tuple[Report, Conversation]:
        async with talking() as talk:
            talk.frames.write(stream)
            return await talk.report_after(exit_code), talk.conversation

    return asyncio.run(said())


@settings(deadline=None, max_examples=150)
@given(STREAMS)
@example(wire.prefix(b"o", 2**32 - 1))
@example(wire.prefix(b"e", 2) + b"{}")
def test_any_bytes_are_a_report(stream: bytes) -> None:
    report, talked = heard(stream)

    assert isinstance(report, Returned | Refused | Exceeded | Died)
    assert len(talked.heard.entries) <= MOST_ENTRIES
    assert len(talked.figures) <= MOST_FIGURES
    if isinstance(report, Returned):
        assert wire.prefix(b"o", len(report.content)) + report.content in stream
    if isinstance(report, Refused):
        assert len(report.error.findings) <= MOST_FINDINGS


@settings(deadline=None, max_examples=100)
@given(STREAMS)
def test_the_first_result_is_the_result_whatever_follows(stream: bytes) -> None:
    report, _ = heard(wire.prefix(b"o", 2) + b"[]" + stream)

    assert report == Returned(content=b"[]")


@settings(deadline=None, max_examples=100)
@given(st.lists(FRAMES, max_size=5), st.sampled_from([0, 1, -9, -11, None]))
def test_without_a_result_nothing_is_a_success(frames: list[bytes], exit_code: int | None) -> None:
    silent = [frame for frame in frames if frame[:1] != b"o"]

    report, _ = heard(b"".join(silent), exit_code)

    assert not isinstance(report, Returned)
