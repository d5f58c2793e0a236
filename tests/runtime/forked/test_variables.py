"""Local variables and secondary inputs in a real child."""

import json
from typing import Any

import pytest

from processor.errors import UnknownVariable

from .host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    "value", [None, True, 999, 10**30, 1.5, "EU", "'\\{}\n\u202e😀\0", [1, {"a": None}], {"a": 1}]
)
async def test_a_variable_is_typed_as_code_and_text_in_strings(host: Host, value: Any) -> None:
    statement = "return [{'typed': ${LocalVariable.V}, 'text': f'<${LocalVariable.V}>'}]"

    (row,) = await host.rows(statement, variables={"V": value})

    assert row == {"typed": value, "text": f"<{'null' if value is None else value}>"}


async def test_the_connector_page_s_example_prints_null(host: Host) -> None:
    (entry,) = await host.entries(
        'log.info(f"n: ${LocalVariable.IntegerNull} ")\nreturn []', variables={"IntegerNull": None}
    )

    assert entry.message == "n: null "


async def test_an_unknown_variable_is_told_before_anything_runs(host: Host) -> None:
    execution = await host.run("log.info('ran')\nreturn ${LocalVariable.Nope}", variables={"A": 1})
    error = await host.error("return ${LocalVariable.Nope}", variables={"A": 1})

    assert execution.entries == ()
    assert isinstance(error, UnknownVariable)
    assert (error.message, error.hint) == (
        "there is no local variable `Nope`",
        "the step has: A",
    )
    assert error.place is not None
    assert (error.place.column, error.place.source_line) == (9, "return ${LocalVariable.Nope}")


async def test_an_error_beside_a_reference_has_the_author_s_columns_and_line(host: Host) -> None:
    line = "x = ${LocalVariable.N} + {}['key']"

    error = await host.error(line, variables={"N": 1})

    assert error.place is not None
    assert (error.place.column, error.place.end_column) == (25, 34)
    assert error.place.source_line == line
    assert error.traceback is not None
    assert line in error.traceback


async def test_a_run_sees_nothing_of_another_s_variables(host: Host) -> None:
    await host.rows("LocalVariable['L'].append(1)\nreturn []", variables={"L": []})

    assert await host.rows("return [{'l': LocalVariable.L}]", variables={"L": []}) == [{"l": []}]
    assert isinstance(await host.error("return LocalVariable.L"), UnknownVariable)


# Secondary inputs

ALL = "return [{'a': INPUT_DATA, 'b': INPUT_DATA2, 'c': INPUT_DATA3, 'd': INPUT_DATA_2}]"


async def test_secondary_inputs_have_their_numbers_and_aliases(host: Host) -> None:
    inputs = {"INPUT_DATA2": b'[{"x": 2}]', "INPUT_DATA3": b"null"}

    assert await host.rows(ALL, inputs=inputs) == [
        {"a": None, "b": [{"x": 2}], "c": None, "d": [{"x": 2}]}
    ]


async def test_branches_are_a_mapping_by_their_names(host: Host) -> None:
    inputs = {"INPUT_DATA2": b"[]", "INPUT_DATA3": b"null"}
    statement = "return [{'got': INPUTS, 'same': INPUTS['a b'] is INPUT_DATA2}]"

    assert await host.rows(statement, inputs=inputs, branches=("a b", "refunds")) == [
        {"got": {"a b": [], "refunds": None}, "same": True}
    ]


async def test_a_step_with_one_input_has_no_other_and_an_empty_mapping(host: Host) -> None:
    error = await host.error("return INPUT_DATA2")

    assert error.message == "name 'INPUT_DATA2' is not defined"
    assert await host.rows("return [{'a': INPUTS}]") == [{"a": {}}]


async def test_a_large_secondary_input_arrives_whole(host: Host) -> None:
    rows = [{"t": "x" * 1000, "n": number} for number in range(60_000)]
    content = json.dumps(rows).encode()
    assert len(content) > 60_000_000

    (row,) = await host.rows(
        "return [{'n': len(INPUT_DATA2), 'last': INPUT_DATA2[-1]['n']}]",
        inputs={"INPUT_DATA2": content},
    )

    assert row == {"n": 60_000, "last": 59_999}
