"""The first draft of a step."""

import ast
import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.draft import DEMO, drafted, files_of
from processor.errors import InvalidRequest
from processor.manifest import read_manifest
from processor.step import decode_order
from tests.strategies import json_values
from tests.test_manifest import FILE

PROFILES = read_manifest(FILE).profiles
names = st.text(min_size=1, max_size=8)


def files(rows: Any, column: str | None = None, name: str = "orders") -> Any:
    return files_of(drafted(rows, spelled=False, column=column), name)


def kept(statement: str, rows: Any, checkpoint: Any) -> Any:
    """Execute a statement of ours, as a function."""
    body = "\n".join(f"    {line}" for line in statement.splitlines())
    scope: dict[str, Any] = {}
    exec(f"def step(INPUT_DATA, DATA_CHECKPOINT, log):\n{body}", scope)

    class Log:
        def info(self, message: str) -> None: ...

    return scope["step"](rows, checkpoint, Log())


@given(st.lists(st.dictionaries(names, json_values, min_size=1), min_size=1), names)
def test_a_step_drafted_from_any_rows_is_one_that_can_be_run(rows: Any, name: str) -> None:
    if not all(text.isprintable() for text in (name, *rows[0])):
        return
    made = files(rows, name=name)

    ast.parse(f"def f():\n{'    '}" + made["step.py"].replace("\n", "\n    "))
    step = {**json.loads(made["step.json"]), "statement": made["step.py"]}
    order = decode_order(json.dumps({"step": step}).encode(), PROFILES)
    assert order.step.id == name


@given(st.lists(st.integers(), unique=True, min_size=1))
def test_its_statement_gives_every_row_once(numbers: list[int]) -> None:
    rows = [{"id": number, "name": "x"} for number in numbers]
    statement = files(rows)["step.py"].replace("1000", "3")
    given_rows: list[Any] = []
    checkpoint = None
    while slice_ := kept(statement, rows, checkpoint):
        given_rows += slice_
        checkpoint = slice_[-1]["id"]

    assert [row["id"] for row in given_rows] == sorted(numbers)


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (DEMO, "id"),
        ([{"n": 1, "day": "2024-12-31"}, {"n": 1, "day": "2025-01-01"}], "day"),
        ([{"name": "a"}, {"name": "b"}], None),
        ([{"id": 1}, {"id": 1}], None),
        ([{"n": "x", "total": 3}, {"n": "x", "total": 1}], None),
        ([{"total": 3.5}, {"total": 4.5}], None),
        ([{"order": 3}, {"order": 1}], "order"),
        ([{"n": "x", "order_no": 3}, {"n": "x", "order_no": 1}], "order_no"),
        ([{"n": "x", "count": 9}, {"n": "x", "count": 10}], "count"),
        ([{"on": "2025-01-01"}, {"on": "2025-01-01"}], "on"),
        ([{"on": "2025-01-01", "updated_at": "2025-01-01"}] * 2, "updated_at"),
        ([{"id": 1}, {"id": None}], None),
        ([{"flag": True}], None),
    ],
)
def test_the_checkpoint_is_a_column_that_tells_rows_apart_and_has_an_order(
    rows: Any, column: str | None
) -> None:
    assert drafted(rows, spelled=False, column=None).column == column


@given(st.lists(st.dates().map(str), min_size=1), st.integers(1, 4))
def test_rows_that_share_a_date_come_together_and_once(days: list[str], size: int) -> None:
    rows = [{"on": day, "n": number} for number, day in enumerate([days[0], *days])]
    statement = files(rows, "on")["step.py"].replace("1000", str(size))
    given_rows: list[Any] = []
    checkpoint = None
    while slice_ := kept(statement, rows, checkpoint):
        given_rows += slice_
        checkpoint = slice_[-1]["on"]

    assert sorted(row["n"] for row in given_rows) == [row["n"] for row in rows]


def test_a_step_without_checkpoint_gives_all_rows() -> None:
    made = files([{"name": "a"}])

    assert "checkpoint_column" not in json.loads(made["step.json"])
    assert kept(made["step.py"], [{"name": "a"}], None) == [{"name": "a"}]


def test_rows_without_the_column_that_was_asked_for_are_left_out() -> None:
    rows: Any = [{"id": 2}, {"id": None}, {"id": 1}]

    assert kept(files(rows, "id")["step.py"], rows, None) == [{"id": 1}, {"id": 2}]


def test_a_column_that_no_row_has_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no row has a column 'x'; there is id, state"):
        drafted(DEMO, spelled=False, column="x")


def test_no_more_of_the_sample_is_kept_than_an_author_looks_at() -> None:
    rows: list[Any] = [{"id": number} for number in range(10_001)]

    assert len(drafted(rows, spelled=False, column=None).rows) == 10_000


def test_what_editors_read_is_of_their_form() -> None:
    made = files(DEMO)

    tomllib.loads(made["ruff.toml"])
    ast.parse(made["__builtins__.pyi"])
    json.loads(made[".vscode/settings.json"])
    pattern = json.loads(made[".vscode/tasks.json"])["tasks"][0]["problemMatcher"]["pattern"]
    assert pattern["regexp"].startswith("^  --> ")


def test_the_prelude_names_all_that_a_statement_sees() -> None:
    prelude = files(DEMO)["__builtins__.pyi"]

    for known in json.loads(FILE.read_bytes())["globals"]:
        for entry in known.get("methods", [known]):
            assert entry["name"].rpartition(".")[2] in prelude
