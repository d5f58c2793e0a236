"""What a statement writes to the host by itself: it forges its own result and nothing else."""

import pytest

from processor.errors import StatementRaised
from processor.runtime.contract import Died, Exceeded, Execution, Figure, Refused, Returned
from processor.runtime.forked.conversation import (
    LARGEST_FIGURE,
    LONGEST_FRAME,
    MOST_FIGURES,
)
from processor.runtime.heard import MOST_ENTRIES

from .host import REACH_OS, Host

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORGE = (
    REACH_OS
    + """
def write(content):
    while content:
        content = content[os.write(frames, content):]

def frame(kind, content, length=None):
    write(kind + (len(content) if length is None else length).to_bytes(4, "big") + content)
"""
)


async def forged(host: Host, written: str) -> Execution:
    return await host.run(f"{FORGE}\n{written}\nreturn [{{'a': 'its own'}}]")


async def no_valid_frame(host: Host, written: str) -> str:
    report = (await forged(host, written)).report
    assert isinstance(report, Died), report
    assert (report.killed, report.retryable) == (False, False)
    beginning, _, why = report.reason.partition(": ")
    assert beginning == "the statement's process wrote no valid frame"
    return why


async def test_an_unknown_kind_is_no_frame(host: Host) -> None:
    assert await no_valid_frame(host, "frame(b'z', b'')") == "b'z' is no kind of frame"


@pytest.mark.parametrize("kind", ["r", "h", "i"])
async def test_a_kind_that_a_statement_has_no_use_for_is_no_frame(host: Host, kind: str) -> None:
    assert "is no kind of frame" in await no_valid_frame(host, f"frame(b'{kind}', b'{{}}')")


@pytest.mark.parametrize("kind", ["l", "e", "z"])
async def test_an_oversized_frame_is_not_read(host: Host, kind: str) -> None:
    length = LONGEST_FRAME + 1

    why = await no_valid_frame(host, f"frame(b'{kind}', b'', {length})\nawait sleep(60)")

    assert why == f"a frame b'{kind}' of {length} bytes is larger than any may be"


async def test_the_longest_length_of_all_is_not_read(host: Host) -> None:
    why = await no_valid_frame(host, "frame(b'l', b'', 2**32 - 1)\nawait sleep(60)")

    assert why == "a frame b'l' of 4294967295 bytes is larger than any may be"


@pytest.mark.parametrize("part", ["b''", "b'o'", "b'o\\0\\0\\0'", "b'o\\0\\0\\0\\5[]'"])
async def test_a_truncated_frame_is_no_result(host: Host, part: str) -> None:
    report = (await forged(host, f"write({part})\nos._exit(0)")).report

    assert isinstance(report, Died)
    assert report.reason.startswith("the statement ended its own process (status 0)")


@pytest.mark.parametrize("content", [b"no json", b"", b"\xff", b"[" * 1000])
async def test_a_result_is_handed_on_unread(host: Host, content: bytes) -> None:
    report = (await forged(host, f"frame(b'o', {content!r})")).report

    assert report == Returned(content=content)


async def test_of_two_results_the_first_wins(host: Host) -> None:
    report = (await forged(host, "frame(b'o', b'[1]')\nframe(b'o', b'[2]')")).report

    assert report == Returned(content=b"[1]")


async def test_a_failure_after_a_result_is_not_read(host: Host) -> None:
    report = (await forged(host, "frame(b'o', b'[1]')\nframe(b'e', b'{}')")).report

    assert report == Returned(content=b"[1]")


async def test_a_result_after_a_failure_is_not_read(host: Host) -> None:
    written = """frame(b'e', b'{"code": "statement_raised", "message": "m"}')\nframe(b'o', b'[]')"""

    report = (await forged(host, written)).report

    assert isinstance(report, Refused)
    assert isinstance(report.error, StatementRaised)


@pytest.mark.parametrize(
    "code", ["killed", "stale_checkpoint", "wall_limit", "internal_error", "cancelled", ""]
)
async def test_a_failure_with_a_code_that_it_may_not_claim_is_no_frame(
    host: Host, code: str
) -> None:
    why = await no_valid_frame(host, f"""frame(b'e', b'{{"code": "{code}", "message": "m"}}')""")

    assert why == f"a statement cannot fail with {code!r}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"level": "info"}',
        b'{"level": "fatal", "message": "m", "source": "log", "line": 1}',
        b'{"level": "info", "message": "m", "source": "host", "line": 1}',
        b'{"level": "info", "message": 1, "source": "log", "line": 1}',
        b'{"level": "info", "message": "m", "source": "log", "line": "1"}',
        b'{"level": "info", "message": "m", "source": "log", "line": 1, "time": "now"}',
        b'{"level": "info", "message": "\\ud800", "source": "log", "line": 1}',
        b'{"level": "info", "message": "\xff", "source": "log", "line": 1}',
        b"[" * 500_000,
    ],
)
@pytest.mark.parametrize("kind", ["l", "e"])
async def test_a_frame_of_another_shape_is_none(host: Host, kind: str, content: bytes) -> None:
    written = f"frame(b'{kind}', {content!r})"
    if content.startswith(b"[["):
        written = f"frame(b'{kind}', b'[' * {len(content)})"

    await no_valid_frame(host, written)


ENTRY = """b'{"level": "info", "message": "%s", "source": "log", "line": 1}'"""


async def test_a_flood_of_entries_is_cut(host: Host) -> None:
    written = f"one = {ENTRY % 'm'}\nfor _ in range(30_000): frame(b'l', one)"

    execution = await forged(host, written)

    assert execution.report == Returned(content=b'[{"a":"its own"}]')
    assert len(execution.entries) == MOST_ENTRIES
    assert execution.entries_truncated


async def test_a_flood_of_long_entries_is_cut(host: Host) -> None:
    written = f"one = {ENTRY % 'm'}.replace(b'm', b'm' * 500_000, 1)\n" + (
        "one = one.replace(b'm' * 500_000 + b'essage', b'message').replace(b'\"m\"', "
        "b'\"' + b'm' * 500_000 + b'\"')\nfor _ in range(40): frame(b'l', one)"
    )

    execution = await forged(host, written)

    assert execution.entries_truncated
    assert sum(len(entry.message) for entry in execution.entries) <= 4 << 20


async def test_text_that_looks_like_a_frame_is_text(host: Host) -> None:
    forged_text = 'o\0\0\0\2[]e\0\0\0\1{}"}],"outcome":"failed"\n\r\n'

    rows = await host.rows(f"print({forged_text!r})\nreturn [{{'a': {forged_text!r}}}]")

    assert rows == [{"a": forged_text}]


async def test_a_message_that_looks_like_a_frame_is_a_message(host: Host) -> None:
    text = '"}e\0\0\0\2{}'

    error = await host.error(f"raise ValueError({text!r})")

    assert error.message == text


async def test_a_forged_traceback_is_only_a_text(host: Host) -> None:
    failure = """{"code": "statement_raised", "message": "m", "traceback": "t", "line": 7}"""

    report = (await forged(host, f"frame(b'e', b'{failure}')")).report

    assert isinstance(report, Refused)
    assert report.error.traceback == "t"
    assert report.error.place is not None
    assert report.error.place.line == 7


# Figures

PNG, SVG = b"\x89PNG\r\n\x1a\n", b"<?xml "
ONE_FIGURE = f"frame(b'p', {PNG!r})\nframe(b'v', {SVG!r})\n"


@pytest.mark.parametrize(
    "written",
    [
        "frame(b'p', b'')",
        "frame(b'p', b'<?xml ')",
        "frame(b'p', b'GIF89a')",
        "frame(b'v', b'<?xml ')",
        f"frame(b'p', {PNG!r})\nframe(b'v', b'')",
        f"frame(b'p', {PNG!r})\nframe(b'v', b'<html><script>')",
        f"frame(b'p', {PNG!r})\nframe(b'v', {PNG!r})",
        f"{ONE_FIGURE}frame(b'v', {SVG!r})",
    ],
)
async def test_a_forged_figure_is_none(host: Host, written: str) -> None:
    assert (await no_valid_frame(host, written)).endswith(" is no figure, or one too many")


async def test_one_figure_too_many_is_none(host: Host) -> None:
    why = await no_valid_frame(host, f"{ONE_FIGURE * MOST_FIGURES}frame(b'p', {PNG!r})")

    assert why == "b'p' is no figure, or one too many"


@pytest.mark.parametrize("kind", ["p", "v"])
async def test_an_oversized_figure_is_not_read(host: Host, kind: str) -> None:
    length = LARGEST_FIGURE + 1

    why = await no_valid_frame(host, f"frame(b'{kind}', b'', {length})\nawait sleep(60)")

    assert why == f"a frame b'{kind}' of {length} bytes is larger than any may be"


async def test_a_figure_that_is_well_forged_is_one(host: Host) -> None:
    execution = await forged(host, ONE_FIGURE)

    assert execution.report == Returned(content=b'[{"a":"its own"}]')
    assert execution.figures == (Figure(png=PNG, svg=SVG),)


async def test_half_a_figure_is_none(host: Host) -> None:
    execution = await forged(host, f"frame(b'p', {PNG!r})")

    assert isinstance(execution.report, Returned)
    assert execution.figures == ()


# Rows in parts, and their counts


@pytest.mark.parametrize(
    "parts", [[b"[", b"]"], [b"x"], [b"[1]", b"[2"], [b"", b"]["], [b"[1],[2]"]]
)
async def test_parts_of_rows_are_handed_on_unread(host: Host, parts: list[bytes]) -> None:
    written = "\n".join(f"frame(b's', {part!r})" for part in parts)

    assert isinstance((await forged(host, written)).report, Returned)


async def test_empty_parts_cost_nothing(host: Host) -> None:
    report = (await forged(host, "for _ in range(20_000): frame(b's', b'[]')")).report

    assert report == Returned(content=b'[{"a":"its own"}]')


async def test_all_parts_together_are_bounded(host: Host) -> None:
    written = "for _ in range(40): frame(b's', b'[' + b'1' * 500_000 + b']')"

    assert (await forged(host, written)).report == Exceeded(limit="output_bytes")


@pytest.mark.parametrize(
    "counts", [b"", b"null", b"{}", b"[-1]", b"[1.5]", b'["1"]', b"[true]", b"[", b"1"]
)
async def test_counts_of_another_shape_are_none(host: Host, counts: bytes) -> None:
    execution = await host.run(
        f"{FORGE}\nframe(b'c', {counts!r})\nreturn []",
        inputs={"INPUT_DATA": b'[{"a": 1}]'},
        processing="row",
    )

    assert isinstance(execution.report, Died), execution.report


async def test_counts_have_no_place_where_a_statement_runs_once_over_all(host: Host) -> None:
    assert await no_valid_frame(host, "frame(b'c', b'[1]')") == "b'c' is no kind of frame"
