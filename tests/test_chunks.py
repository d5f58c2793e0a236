"""Rows that come in parts are the rows that they would be as one list."""

import asyncio
import json
import re
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor import chunks
from processor.chunks import Chunks
from processor.errors import BadResult, OutputLimit, OutputMismatch
from processor.schema import Checked, OnMismatch, check_rows, read_schema
from tests.build import a_step, some_limits

SCHEMA = read_schema(
    {
        "columns": [
            {"name": "a", "type": "Integer", "nullable": False},
            {"name": "b", "type": "Date", "nullable": True},
        ]
    }
)


class Kept:
    """Chunks that were kept, in their order."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.sizes: list[int] = []

    async def keep(self, position: int, content: bytes) -> None:
        assert position == len(self.sizes)
        self.sizes.append(len(content))
        self.rows += json.loads(content)


def encoded(rows: object) -> bytes:
    return json.dumps(rows).encode()


async def ended(
    kept: Kept,
    parts: Iterable[object],
    *,
    on_mismatch: OnMismatch = "reject",
    most: int = 1000,
    returned: bool = False,
) -> Checked:
    """Take all parts but the last, and end with that."""
    step = a_step(on_mismatch=on_mismatch, limits=some_limits(rows=most))
    taking = Chunks(step, SCHEMA, kept.keep)
    *before, last = parts
    for part in before:
        await taking.take(encoded(part), returned=returned)
    return await taking.end(encoded(last))


_values = st.sampled_from([1, 2.0, "3", None, "x"])
_dates = st.sampled_from(["2024-01-31", "01/31/2024 10:00:00", None, 7])
_rows = st.lists(st.fixed_dictionaries({"a": _values}, optional={"b": _dates, "c": st.just(1)}))


@given(
    st.lists(_rows, min_size=1, max_size=5),
    st.sampled_from(["reject", "coerce", "discard_value", "discard_row"]),
    st.sampled_from([0, 40, chunks.CHUNK_BYTES]),
)
def test_in_parts_rows_are_what_they_are_as_one(
    parts: list[list[Any]], on_mismatch: OnMismatch, size: int
) -> None:
    whole = encoded([row for part in parts for row in part])
    kept = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "CHUNK_BYTES", size)
        try:
            expected = check_rows(whole, SCHEMA, longest=None, on_mismatch=on_mismatch)
        except OutputMismatch as error:
            first = error.mismatches[0]
            with pytest.raises(OutputMismatch, match=re.escape(first.message)):
                asyncio.run(ended(kept, parts, on_mismatch=on_mismatch))
            return
        checked = asyncio.run(ended(kept, parts, on_mismatch=on_mismatch))

    rows = kept.rows if checked.content == b"null" else json.loads(checked.content)
    assert rows == json.loads(expected.content)
    assert replace(checked, content=b"", decode=expected.decode) == replace(expected, content=b"")


async def test_few_rows_are_one_array_and_no_chunk() -> None:
    kept = Kept()

    checked = await ended(kept, [[{"a": 1}], [{"a": 2}], []])

    assert json.loads(checked.content) == [{"a": 1, "b": None}, {"a": 2, "b": None}]
    assert kept.sizes == []


@given(
    st.lists(_rows, min_size=2, max_size=5),
    st.sampled_from(["reject", "coerce", "discard_value", "discard_row"]),
    st.sampled_from([3, 1000]),
)
def test_a_list_that_comes_in_parts_is_what_it_is_as_one(
    parts: list[list[Any]], on_mismatch: OnMismatch, most: int
) -> None:
    whole = encoded([row for part in parts for row in part])
    kept = Kept()
    taking = ended(kept, parts, on_mismatch=on_mismatch, most=most, returned=True)

    def as_one() -> Checked:
        return check_rows(whole, SCHEMA, longest=most, on_mismatch=on_mismatch)

    assert _come_of(lambda: asyncio.run(taking)) == _come_of(as_one)
    assert kept.sizes == []


def _come_of(checking: Callable[[], Checked]) -> object:
    """Give what a check gives, or all that its error says."""
    try:
        return replace(checking(), decode=timedelta())
    except (OutputMismatch, OutputLimit) as error:
        return type(error), error.message, error.mismatches, error.mismatch_count


async def test_of_a_list_a_part_that_is_none_ends_it() -> None:
    with pytest.raises(BadResult):
        await ended(Kept(), [{"a": 1}, []], returned=True)


async def test_a_list_has_no_rows_beside_it_that_were_yielded() -> None:
    taking = Chunks(a_step(), SCHEMA, Kept().keep)
    await taking.take(b'[{"a":1}]')

    with pytest.raises(BadResult, match="beside the rows that it yielded"):
        await taking.take(b'[{"a":2}]', returned=True)


async def test_rows_that_come_slowly_are_kept_as_they_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", -1)
    kept = Kept()

    await ended(kept, [[{"a": 1}], [{"a": 2}], []])

    assert len(kept.sizes) == 2


async def test_the_first_rows_that_do_not_match_end_it() -> None:
    kept = Kept()

    with pytest.raises(OutputMismatch, match="row 2, column 'a'") as caught:
        await ended(kept, [[{"a": 1}], [{"a": 2}, {"a": "x"}], [{"a": "y"}], []])

    assert (caught.value.mismatch_count, caught.value.mismatches[0].pointer) == (1, "/2/a")


async def test_the_number_of_a_row_counts_those_that_were_discarded() -> None:
    checked = await ended(
        Kept(), [[{"a": "x"}, {"a": 1}], [{"a": "y"}], []], on_mismatch="discard_row"
    )

    assert [mismatch.row for mismatch in checked.handled] == [0, 2]
    assert checked.remarks()[0].startswith("2 rows were discarded")


async def test_one_row_more_than_the_limit_ends_it() -> None:
    rows = [{"a": 1}, {"a": 2}]

    assert (await ended(Kept(), [rows, rows], most=4)).count == 4
    with pytest.raises(OutputLimit, match=r"limits.rows` allows, which is 3"):
        await ended(Kept(), [rows, rows], most=3)


@pytest.mark.parametrize("part", [5, {"a": 1}, "x", None])
async def test_a_part_that_is_no_list_of_rows_ends_it(part: object) -> None:
    with pytest.raises(BadResult):
        await ended(Kept(), [part, []])


async def test_no_more_is_held_of_many_rows_than_of_few() -> None:
    part = [{"a": number, "b": "2024-01-31"} for number in range(1000)]
    content = encoded(part)
    peaks = []
    for times in (30, 300):

        async def forget(_position: int, _content: bytes) -> None:
            return

        taking = Chunks(a_step(limits=some_limits(rows=10**6)), SCHEMA, forget)
        tracemalloc.start()
        for _ in range(times):
            await taking.take(content)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (await taking.end(b"[]")).count == times * 1000

    assert peaks[1] < peaks[0] + len(content) * 30  # of ten times as many rows
