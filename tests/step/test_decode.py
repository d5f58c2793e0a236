"""A request's JSON to an order: every member, and the pointer to what is wrong with it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.egress import read_policy
from processor.errors import InvalidRequest, MissingSchema, Refusal, TooLarge
from processor.step import ABSENT, Order, Requirements, SchemaName, Step, decode_order
from tests.build import COLUMN_X, a_profile, some_limits
from tests.schema.strategies import json_values

PROFILES = {"processor": a_profile()}


def decode(body: Any) -> Order:
    return decode_order(json.dumps(body).encode(), PROFILES)


def body_with(step: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"step": {"statement": "return []", "output_schema": "orders", **step}, **members}


def step_with(**members: Any) -> Step:
    return decode(body_with(members)).step


def refusal_of(body: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode(body)
    return caught.value


def pointer_of(body: Any) -> str:
    refusal = refusal_of(body)
    assert isinstance(refusal, InvalidRequest), refusal
    (detail,) = refusal.details
    return detail.pointer


def test_the_least_body_is_a_statement_and_an_output_schema() -> None:
    assert step_with() == Step(
        id=None,
        profile="processor",
        statement="return []",
        environment="small",
        type_hints="reject",
        output_schema=SchemaName("orders"),
        input_schema=None,
        checkpoint_column=None,
        limits=some_limits(),
        network=read_policy("open"),
    )


def test_an_order_commits_unless_told_otherwise() -> None:
    assert decode(body_with({})).commit is True


def test_a_dry_run_does_not_commit() -> None:
    assert decode(body_with({}, commit=False)).commit is False


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("id", "task-42/Schritt ü %"),
        ("id", "x" * 512),
        ("environment", "other"),
        ("output_schema", COLUMN_X),
        ("input_schema", "orders"),
        ("input_schema", COLUMN_X),
        ("input_schema", None),
        ("checkpoint_column", "x"),
        ("statement", "return ['ü']"),
        ("processing", "row"),
        ("on_mismatch", "coerce"),
        ("on_mismatch", "discard_value"),
        ("on_mismatch", "discard_row"),
    ],
)
def test_a_member_is_taken_as_it_is(member: str, value: Any) -> None:
    assert getattr(step_with(**{member: value}), member) == value


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("profile", "processor"),
        ("processing", "bulk"),
        ("runtime", "forked"),
        ("runtime", None),
        ("on_mismatch", "reject"),
        ("branches", []),
        ("branches", None),
        ("options", {}),
        ("network", None),
        ("requirements", None),
        ("setup", None),
        ("limits", {}),
        ("limits", {"rows": None}),
    ],
)
def test_a_member_that_asks_for_nothing_else_than_what_is_served_changes_nothing(
    member: str, value: Any
) -> None:
    assert step_with(**{member: value}) == step_with()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("statement", None),
        ("statement", 5),
        ("id", ""),
        ("id", "x" * 513),
        ("id", "two\nlines"),
        ("id", "a\0"),
        ("id", 7),
        ("profile", "nope"),
        ("profile", None),
        ("processing", "rows"),
        ("input_schema", 5),
        ("input_schema", []),
        ("output_schema", True),
        ("checkpoint_column", 5),
        ("limits", None),
        ("limits", []),
        ("environment", 5),
        ("runtime", "pyodide"),
        ("on_mismatch", "mend"),
        ("on_mismatch", None),
        ("options", []),
        ("network", "none"),
        ("branches", "orders"),
        ("requirements", []),
    ],
)
def test_a_bad_value_is_pointed_at(member: str, value: Any) -> None:
    assert pointer_of(body_with({member: value})) == f"/step/{member}"


def test_requirements_are_what_an_environment_is_built_from() -> None:
    step = decode(body_with({"requirements": "Numpy"})).step

    assert isinstance(step.environment, Requirements)
    assert [each.line for each in step.environment.wanted] == ["numpy"]


@pytest.mark.parametrize("requirements", ["", "\n# nothing\n", None])
def test_requirements_that_want_nothing_are_the_profile_s_own_environment(
    requirements: str | None,
) -> None:
    step = decode(body_with({"requirements": requirements})).step

    assert step.environment == PROFILES["processor"].environment


@pytest.mark.parametrize(
    ("inputs", "pointer"),
    [
        ({"INPUT_DATA1": [{"x": 1}]}, "/inputs/INPUT_DATA1"),
        ({"INPUT_DATA02": None}, "/inputs/INPUT_DATA02"),
        ({"INPUT_DATA_2": []}, "/inputs/INPUT_DATA_2"),
        ({"INPUT_DATA100": []}, "/inputs/INPUT_DATA100"),
        ({"INPUT_DATA66": []}, "/inputs/INPUT_DATA66"),
        ({"globals": {"a": 1}}, "/inputs/globals"),
        ({"context": {"a": 1}}, "/inputs/context"),
        ({"input_data": []}, "/inputs/input_data"),
        ({"a/b~c": 1}, "/inputs/a~1b~0c"),
    ],
)
def test_an_input_that_this_release_does_not_serve_is_refused(
    inputs: dict[str, Any], pointer: str
) -> None:
    assert pointer_of(body_with({}, inputs=inputs)) == pointer


@pytest.mark.parametrize("name", ["variables", "globals", "context"])
@pytest.mark.parametrize("nothing", [b"null", b"{}", b"[]", b"{ }", b"[\n]"])
def test_an_input_that_says_nothing_is_ignored(name: str, nothing: bytes) -> None:
    head = b'{"step": {"statement": "", "output_schema": "s"}, "inputs": {"'
    order = decode_order(head + name.encode() + b'": ' + nothing + b"}}", PROFILES)

    assert order.inputs.rows == b"null"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**body_with({}), "zoom": 1}, "/zoom"),
        (body_with({"zoom": 1}), "/step/zoom"),
        (body_with({"limits": {"zoom": 1}}), "/step/limits/zoom"),
        (body_with({"options": {"zoom": 1}}), "/step/options/zoom"),
    ],
)
def test_an_unknown_member_is_pointed_at_in_every_depth(body: Any, pointer: str) -> None:
    assert pointer_of(body) == pointer


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/step"),
        ({"step": {"output_schema": "orders"}}, "/step/statement"),
        ({"step": []}, "/step"),
        ([], ""),
        (None, ""),
        (body_with({}, inputs=None), "/inputs"),
        (body_with({}, inputs=[]), "/inputs"),
        (body_with({}, commit=None), "/commit"),
        (body_with({}, commit=1), "/commit"),
        (body_with({"branches": ["orders", 1]}), "/step/branches/1"),
    ],
)
def test_a_bad_shape_is_pointed_at(body: Any, pointer: str) -> None:
    assert pointer_of(body) == pointer


def test_what_cannot_be_read_inside_a_schema_is_pointed_at_with_the_schema() -> None:
    body = b'{"step": {"statement": "", "output_schema": {"maximum": 1e999}}}'

    with pytest.raises(InvalidRequest) as caught:
        decode_order(body, PROFILES)

    assert [detail.pointer for detail in caught.value.details] == ["/step/output_schema"]


def test_a_step_without_output_schema_is_told_so() -> None:
    refusal = refusal_of({"step": {"statement": "return []"}})

    assert isinstance(refusal, MissingSchema)
    assert refusal.details[0].pointer == "/step/output_schema"


def test_a_statement_is_measured_in_bytes() -> None:
    assert step_with(statement="x" * 1000).statement == "x" * 1000

    refusal = refusal_of(body_with({"statement": "ü" * 501}))

    assert isinstance(refusal, TooLarge)
    assert refusal.details[0].pointer == "/step/statement"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wall_seconds", 60),
        ("wall_seconds", 0.25),
        ("wall_seconds", 1e-6),
        ("cpu_seconds", 59.999),
        ("memory_bytes", 1),
        ("rows", 2000),
        ("output_bytes", 64 << 20),
        ("threads", 1),
        ("open_files", 64),
        ("open_files", 16),
        ("tmp_bytes", 1),
    ],
)
def test_a_limit_within_its_ceiling_is_taken(name: str, value: float) -> None:
    limits = step_with(limits={name: value}).limits

    assert limits.on_the_wire() == {**some_limits().on_the_wire(), name: value}


@pytest.mark.parametrize("value", [-1, 0, 1, 15])
def test_fewer_open_files_than_the_walls_need_are_refused(value: int) -> None:
    refusal = refusal_of(body_with({"limits": {"open_files": value}}))

    assert refusal.details[0].pointer == "/step/limits/open_files"


def test_a_fraction_of_a_second_is_kept() -> None:
    assert step_with(limits={"wall_seconds": 0.25}).limits.wall == timedelta(milliseconds=250)


NOT_A_LIMIT = [
    "0", "-1", "-0.0", "1e-9", "60.000001", "1e308", "1e400", "9" * 30, "9" * 5000,
    "NaN", "Infinity", "-Infinity", '"5"', "true", "[]", "{}",
]  # fmt: skip


@pytest.mark.parametrize("value", NOT_A_LIMIT)
@pytest.mark.parametrize("name", ["wall_seconds", "cpu_seconds"])
def test_a_time_that_is_no_limit_is_refused(name: str, value: str) -> None:
    assert _pointer_of_limit(name, value) in {f"/step/limits/{name}", ""}


@pytest.mark.parametrize("value", [*NOT_A_LIMIT, "2001", "1.5", "1.0", "1e2"])
def test_a_count_that_is_no_limit_is_refused(value: str) -> None:
    assert _pointer_of_limit("rows", value) in {"/step/limits/rows", ""}


def test_a_limit_over_its_ceiling_names_the_ceiling() -> None:
    assert "2,000" in refusal_of(body_with({"limits": {"rows": 2001}})).message


def _pointer_of_limit(name: str, value: str) -> str:
    limits = f'{{"{name}": {value}}}'
    body = f'{{"step": {{"statement": "", "output_schema": "s", "limits": {limits}}}}}'
    with pytest.raises(InvalidRequest) as caught:
        decode_order(body.encode(), PROFILES)
    return caught.value.details[0].pointer


@pytest.mark.parametrize("rows", ["[]", "null", '[{"x":  1.0}]', "[1e999]"])
def test_rows_stay_as_the_caller_wrote_them(rows: str) -> None:
    head = '{"step": {"statement": "", "output_schema": "s"}, "inputs": {"INPUT_DATA":  '
    order = decode_order(f"{head}{rows}}}}}".encode(), PROFILES)

    assert order.inputs.rows == rows.encode()


@pytest.mark.parametrize("rows", [{}, "[]", 5, True, False])
def test_rows_that_are_no_list_are_refused(rows: Any) -> None:
    assert pointer_of(body_with({}, inputs={"INPUT_DATA": rows})) == "/inputs/INPUT_DATA"


def test_no_rows_are_null() -> None:
    assert decode(body_with({})).inputs.rows == b"null"


@pytest.mark.parametrize("value", [None, 0, "2024-01-01", {"a": [1]}])
def test_a_given_checkpoint_is_taken_also_null(value: Any) -> None:
    inputs = decode(body_with({}, inputs={"DATA_CHECKPOINT": value})).inputs

    assert isinstance(inputs.checkpoint, bytes)
    assert json.loads(inputs.checkpoint) == value


def test_no_checkpoint_is_not_the_same_as_null() -> None:
    assert decode(body_with({})).inputs.checkpoint is ABSENT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"[" * 100_000,
        b'{"step": {"output_schema": ' + b'{"a":' * 100_000,
        b'{"step": {"statement": "\\ud800", "output_schema": "s"}}',
    ],
    ids=range(8),
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        decode_order(body, PROFILES)


_some_members = st.dictionaries(
    st.sampled_from(
        [
            "statement", "id", "profile", "processing", "input_schema", "output_schema",
            "checkpoint_column", "limits", "environment", "branches", "options", "zoom",
        ]
    ),
    json_values
    | st.sampled_from(["processor", "bulk", "s"])
    | st.dictionaries(st.sampled_from(["rows", "wall_seconds"]), json_values),
)  # fmt: skip
_bodies = st.fixed_dictionaries(
    {"step": json_values | _some_members.map(lambda members: body_with(members)["step"])},
    optional={
        "inputs": json_values
        | st.dictionaries(
            st.sampled_from(["INPUT_DATA", "DATA_CHECKPOINT", "variables"]), json_values
        ),
        "commit": json_values,
    },
)


@given(json_values | _bodies)
def test_any_json_is_an_order_or_a_refusal_with_a_pointer(body: Any) -> None:
    pointers: list[str] = []
    try:
        decode(body)
    except (InvalidRequest, MissingSchema, TooLarge) as refusal:
        pointers = [detail.pointer for detail in refusal.details]

    assert all(pointer == "" or pointer.startswith("/") for pointer in pointers)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_an_order_or_a_refusal(body: bytes) -> None:
    with pytest.raises((InvalidRequest, MissingSchema, TooLarge)):
        decode_order(body, PROFILES)
