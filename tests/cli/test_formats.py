"""`processor run`: rows from files in every spelling, other inputs, and what is kept of a run."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Desk
from tests.served import COMMAND

ANY = {"type": "array"}
"""The schema of whatever rows there are."""
TYPED = {
    "columns": [
        {"name": "id", "type": "Integer", "nullable": False},
        {"name": "text", "type": "Text", "nullable": True},
    ]
}
SPELLED = {
    "rows.json": '[{"id": 7, "text": "007"}]',
    "rows.ndjson": '{"id": 7, "text": "007"}\n',
    "rows.jsonl": '{"id": 7, "text": "007"}\n',
    "rows.csv": "id;text\r\n7;007\r\n",
    "ROWS.CSV": "id,text\n7,007\n",
}
ECHO = "return INPUT_DATA"


def rows_of(
    desk: Desk, statement: str, *options: object, step: dict[str, Any] | None = None
) -> Any:
    done = desk.run(
        statement, *options, "--format", "json", step={"output_schema": ANY, **(step or {})}
    )
    assert done.code == 0, done.err
    return json.loads(done.out)


# Rows


@pytest.mark.parametrize("name", SPELLED)
def test_rows_are_read_by_the_suffix_of_their_file(desk: Desk, name: str) -> None:
    desk.write(name, SPELLED[name])

    rows = rows_of(desk, ECHO, "--input", name, step={"input_schema": TYPED})

    assert rows == [{"id": 7, "text": "007"}]


@pytest.mark.parametrize(("name", "form"), [("rows.json", "json"), ("rows.csv", "csv")])
def test_rows_are_read_as_told_where_their_file_s_name_says_nothing(
    desk: Desk, name: str, form: str
) -> None:
    desk.write("rows.txt", SPELLED[name])

    rows = rows_of(
        desk, ECHO, "--input", "rows.txt", "--input-format", form, step={"input_schema": TYPED}
    )

    assert rows == [{"id": 7, "text": "007"}]


def test_csv_is_read_by_a_schema_of_the_repository(desk: Desk) -> None:
    desk.write("rows.csv", "id,day,cents,balance_cents\n1,2026-01-02,7,7\n")

    rows = rows_of(desk, ECHO, "--input", "rows.csv", "--input-schema", "ledger-entry")

    assert (rows[0]["cents"], rows[0]["day"]) == (7, "2026-01-02")


def test_csv_without_a_schema_is_texts(desk: Desk) -> None:
    desk.write("rows.csv", SPELLED["rows.csv"])

    assert rows_of(desk, ECHO, "--input", "rows.csv") == [{"id": "7", "text": "007"}]


def test_secondary_inputs_have_files_of_their_own(desk: Desk) -> None:
    desk.write("a.json", [{"x": 1}])
    desk.write("b.csv", "y\n2\n")
    desk.write("c.ndjson", '{"z":3}\n')

    rows = rows_of(
        desk,
        "return [*INPUT_DATA, *INPUT_DATA2, *INPUT_DATA4, {'third': INPUT_DATA3}]",
        *("--input", "a.json", "--input2", "b.csv", "--input4", "c.ndjson"),
    )

    assert rows == [{"x": 1}, {"y": "2"}, {"z": 3}, {"third": None}]


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [("rows.ndjson", '{"x":1}\n[]\n', 2), ("rows.csv", "a,b\n1\n", 2), ("rows.csv", b"\xff", 1)],
)
def test_a_file_of_rows_that_cannot_be_read_is_told_with_its_line(
    desk: Desk, name: str, content: object, line: int
) -> None:
    desk.write(name, content)

    done = desk.run("return []", "--input", name)

    assert (done.code, done.out) == (15, "")
    assert done.err.startswith(f"processor: input_mismatch: {name}: ")
    assert f"line {line}" in done.err


def test_whole_numbers_of_any_length_stay_exact(desk: Desk) -> None:
    large = 10**300 + 1
    desk.write("rows.json", f'[{{"x":{large}}}]')

    rows = rows_of(desk, ECHO, "--input", "rows.json", "--checkpoint", str(large))

    assert rows == [{"x": large}]


# Other inputs


def test_all_inputs_come_from_one_file(desk: Desk) -> None:
    desk.write(
        "inputs.json",
        {
            "INPUT_DATA": [{"x": 1}],
            "INPUT_DATA2": [{"y": 2}],
            "DATA_CHECKPOINT": 3,
            "variables": {"Name": "n"},
        },
    )

    rows = rows_of(
        desk,
        "return [*INPUT_DATA, *INPUT_DATA2, {'c': DATA_CHECKPOINT, 'n': LocalVariable.Name}]",
        *("--inputs", "inputs.json"),
    )

    assert rows == [{"x": 1}, {"y": 2}, {"c": 3, "n": "n"}]


def test_an_option_of_its_own_wins_over_the_file_of_all_inputs(desk: Desk) -> None:
    desk.write("inputs.json", {"INPUT_DATA": [], "variables": {"A": 1, "B": 2}})
    desk.write("rows.json", [{"x": 1}])

    rows = rows_of(
        desk,
        "return [*INPUT_DATA, {'a': LocalVariable.A, 'b': LocalVariable.B}]",
        *("--inputs", "inputs.json", "--input", "rows.json", "--var", "B=3"),
    )

    assert rows == [{"x": 1}, {"a": 1, "b": 3}]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("7", 7), ("1.5", 1.5), ("true", True), ("null", None), ('"7"', "7"), ("EU", "EU"),
        ("", ""), ("a=b", "a=b"), ("NaN", "NaN"), ("[1", "[1"), ("ü", "ü"), (str(10**30), 10**30),
    ],
)  # fmt: skip
def test_a_variable_is_json_or_else_text(desk: Desk, given: str, value: object) -> None:
    rows = rows_of(desk, "return [{'v': LocalVariable.V}]", "--var", f"V={given}")

    assert rows == [{"v": value}]


def test_a_sensitive_variable_is_masked_in_what_is_told(desk: Desk) -> None:
    options = ("--var", "Key=hush-hush", "--sensitive", "Key")

    done = desk.run("log.info('it is ' + LocalVariable.Key)\nreturn []", *options)

    assert done.code == 0
    assert "it is " in done.err
    assert "hush-hush" not in done.err


@pytest.mark.parametrize(
    "options",
    [
        ("--var", "no value"),
        ("--var", "=1"),
        ("--var", "A=\udcff"),
        ("--inputs", "list.json"),
        ("--inputs", "variables.json", "--var", "A=1"),
        ("--sensitive", "unknown"),
        ("--processing", "some"),
        ("--input10", "list.json"),
        ("--input-format", "xml"),
    ],
)
def test_a_mistake_in_the_inputs_is_a_mistake_in_the_call(
    desk: Desk, options: tuple[str, ...]
) -> None:
    desk.write("list.json", [])
    desk.write("variables.json", {"variables": []})

    done = desk.run("return []", *options)

    assert (done.code, done.out) == (2, "")


# The step


def test_rows_are_handed_over_one_by_one_where_that_is_asked_for(desk: Desk) -> None:
    desk.write("rows.json", [{"x": 1}, {"x": 2}])

    rows = rows_of(
        desk, "return [{'n': len(INPUT_DATA)}]", "--input", "rows.json", "--processing", "row"
    )

    assert rows == [{"x": 1, "n": 1}, {"x": 2, "n": 1}]


def test_the_rows_that_fail_can_be_passed_over(desk: Desk) -> None:
    desk.write("rows.json", [{"x": 0}, {"x": 2}])

    rows = rows_of(
        desk,
        "return [{'y': 2 // INPUT_DATA[0]['x']}]",
        *("--input", "rows.json", "--processing", "row", "--on-row-error", "continue"),
        step={"options": {"log_error": "go_on"}},
    )

    assert rows == [{"x": 2, "y": 1}]


def test_what_does_not_match_can_be_mended(desk: Desk) -> None:
    done = desk.run("return [{'x': '7'}]", "--on-mismatch", "coerce", "--format", "ndjson")

    assert (done.code, done.out) == (0, '{"x": 7}\n')


# What comes out


@pytest.mark.parametrize(("form", "content"), [("csv", b"x\r\n1\r\n"), ("ndjson", b'{"x": 1}\n')])
def test_rows_leave_as_the_service_spells_them(desk: Desk, form: str, content: bytes) -> None:
    desk.write("step.py", "return [{'x': 1}]")
    desk.write("any.json", ANY)

    done = subprocess.run(
        [COMMAND, "run", "step.py", "--output-schema", "any.json", "--format", form],
        env=os.environ,
        capture_output=True,
        timeout=50,
        check=True,
    )

    assert done.stdout == content


def test_csv_that_was_written_is_read_again(desk: Desk) -> None:
    given = [{"id": 1, "text": 'a;"b"\nc'}, {"id": 2, "text": None}, {"id": 3, "text": ""}]
    desk.write("rows.json", given)
    written = desk.run(ECHO, "--input", "rows.json", "--format", "csv", step={"output_schema": ANY})
    desk.write("again.csv", written.out)

    assert rows_of(desk, ECHO, "--input", "again.csv", step={"input_schema": TYPED}) == given


DRAW = """
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
n = (DATA_CHECKPOINT or 0) + 1
return [{'x': n}] if n <= 2 else [{'x': 1 / 0}]
"""


def test_the_figures_of_every_cycle_are_kept_in_both_forms(desk: Desk) -> None:
    done = desk.run(DRAW, "--checkpoint-column", "x", "--cycles", "3", "--figures", "drawn/by me")

    folder = desk.folder / "drawn" / "by me"
    assert done.code == 11
    assert {file.name for file in folder.iterdir()} == {
        f"figure-{number}.{form}" for number in range(3) for form in ("png", "svg")
    }
    assert (folder / "figure-0.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (folder / "figure-2.svg").read_bytes()
    assert f"figure: {Path('drawn/by me/figure-0.png')}\n" in done.err


def test_no_folder_is_made_where_nothing_was_drawn(desk: Desk) -> None:
    done = desk.run("return []", "--figures", "drawn")

    assert done.code == 0
    assert not (desk.folder / "drawn").exists()


def test_a_folder_that_cannot_be_made_is_told(desk: Desk) -> None:
    desk.write("taken", "a file")

    done = desk.run(DRAW, "--figures", "taken/below")

    assert done.code == 2
    assert "taken" in done.err
