"""Rows from and to Arrow IPC streams, through a real child."""

import json
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.arrow import Arrow
from processor.environment import InstalledEnvironments
from processor.errors import InputMismatch, OutputLimit
from processor.runtime.forked import ForkedRuntime
from processor.schema import read_schema
from tests.arrow.streams import PLACES, a_stream, built, read
from tests.fakes import FakeEnvironments, FakeRuntime

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arrow() -> AsyncIterator[Arrow]:
    built()
    environments = InstalledEnvironments(
        environments_dir=PLACES["environments_dir"],
        locks_dir=PLACES["locks_dir"],
        allowed_imports={},
        warms=lambda _module: True,
    )
    async with ForkedRuntime() as runtime:
        yield Arrow(environments, runtime)


async def rows_of(arrow: Arrow, table: str) -> Any:
    return json.loads(await arrow.read(a_stream(table)))


async def test_rows_are_read_with_their_types(arrow: Arrow) -> None:
    table = """pa.table({
        "n": pa.array([2**63 - 1, None], pa.int64()), "u": pa.array([2**64 - 1, 0], pa.uint64()),
        "f": [0.5, None], "b": [True, None], "t": ["é", None],
        "d": [datetime.date(2024, 1, 31), None],
        "at": pa.array([datetime.datetime(2024, 1, 31, 10, 0), None], pa.timestamp("us")),
        "x": [decimal.Decimal("1.50"), None], "raw": [b"\\xff", None],
        "list": [[1, 2], None], "in": [{"a": 1}, None],
        "word": pa.array(["a", "a"]).dictionary_encode(),
    })"""
    first, second = await rows_of(arrow, table)

    assert first == {
        "n": 2**63 - 1,
        "u": 2**64 - 1,
        "f": 0.5,
        "b": True,
        "t": "é",
        "d": "2024-01-31",
        "at": "2024-01-31T10:00:00",
        "x": 1.5,
        "raw": "/w==",
        "list": [1, 2],
        "in": {"a": 1},
        "word": "a",
    }
    assert second == dict.fromkeys(first) | {"u": 0, "word": "a"}


async def test_a_stream_without_rows_is_an_empty_list(arrow: Arrow) -> None:
    assert await rows_of(arrow, 'pa.table({"n": pa.array([], pa.int64())})') == []


async def test_many_rows_are_all_there_in_their_order(arrow: Arrow) -> None:
    rows = await rows_of(arrow, 'pa.table({"n": range(25_000)})')

    assert [row["n"] for row in rows] == list(range(25_000))


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('pa.table([[1], [2]], ["a", "a"])', "the column 'a' stands twice"),
        ('pa.table({"f": [1.0, float("nan")]})', "rows[1].f: nan has no JSON form"),
    ],
)
async def test_what_rows_cannot_say_is_a_mismatch(arrow: Arrow, table: str, problem: str) -> None:
    with pytest.raises(InputMismatch) as caught:
        await rows_of(arrow, table)

    assert problem in caught.value.message


@pytest.mark.parametrize("content", [b"", b"x", b"ARROW1\0\0", b"\xff" * 5000, b"[{}]"])
async def test_what_is_no_stream_is_a_mismatch(arrow: Arrow, content: bytes) -> None:
    with pytest.raises(InputMismatch, match="cannot be read as an Arrow IPC stream"):
        await arrow.read(content)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_stream_that_is_broken_gives_rows_or_a_mismatch_and_no_fault(
    arrow: Arrow, data: st.DataObject
) -> None:
    stream = bytearray(_a_short_stream())
    for _ in range(data.draw(st.integers(1, 8))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    try:
        rows = json.loads(await arrow.read(bytes(stream)))
    except InputMismatch:
        return
    assert isinstance(rows, list)


@cache
def _a_short_stream() -> bytes:
    return a_stream('pa.table({"n": [1, 2, None], "t": ["a", "b", None]})')


KINDS = {"b": "Boolean", "n": "Integer", "f": "Double", "j": "JSON"}


async def test_columns_are_the_schema_s_with_its_types_then_the_others(arrow: Arrow) -> None:
    schema = read_schema(
        {
            "columns": [
                {"name": name, "type": kind, "nullable": True} for name, kind in KINDS.items()
            ]
        }
    )
    rows = [
        {"other": "x", "n": 1, "f": 2, "b": None, "j": {"a": [1]}},
        {"n": None, "f": None, "b": True, "j": None, "mixed": 1},
        {"mixed": "x"},
    ]
    told = read(await arrow.write(json.dumps(rows).encode(), schema))

    assert told["types"] == {
        "b": "bool",
        "n": "int64",
        "f": "double",
        "j": "string",
        "other": "string",
        "mixed": "string",
    }
    assert list(told["types"]) == ["b", "n", "f", "j", "other", "mixed"]
    assert [row["j"] for row in told["rows"]] == ['{"a": [1]}', None, None]
    assert [row["mixed"] for row in told["rows"]] == [None, "1", '"x"']


async def test_no_rows_are_still_a_table_with_the_schema_s_columns(arrow: Arrow) -> None:
    schema = read_schema({"columns": [{"name": "n", "type": "Integer", "nullable": False}]})

    assert read(await arrow.write(b"[]", schema)) == {"types": {"n": "int64"}, "rows": []}


async def test_what_was_written_is_read_again(arrow: Arrow) -> None:
    rows = [{"n": 1, "t": "é", "f": 0.5, "b": True}, {"n": None, "t": "", "f": None, "b": False}]

    stream = await arrow.write(json.dumps(rows).encode(), None)

    assert json.loads(await arrow.read(stream)) == rows


async def test_an_integer_that_arrow_cannot_carry_is_told(arrow: Arrow) -> None:
    with pytest.raises(OutputLimit, match="the rows cannot be written as Arrow"):
        await arrow.write(b'[{"n": 123456789012345678901234567890}]', None)


async def test_where_the_environment_is_not_built_it_is_not_ready(arrow: Arrow) -> None:
    assert arrow.ready
    assert not Arrow(FakeEnvironments(), FakeRuntime()).ready
