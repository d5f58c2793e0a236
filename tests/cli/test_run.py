"""`processor run`: rows on standard output, all else on standard error, and how it ends."""

import json
from typing import Any

import pytest

from tests.build import COLUMN_X
from tests.cli.command import Desk

ROWS: dict[str, Any] = {
    "columns": [
        {"name": "n", "type": "Integer", "nullable": False},
        {"name": "text", "type": "Text", "nullable": True},
    ]
}
TWO_ROWS = "return [{'n': 1, 'text': 'ü, \"q\"'}, {'n': 2, 'text': None}]"

FORMATS = {
    "table": 'n  text\n-  ------\n1  ü, "q"\n2\n',
    "json": '[{"n": 1, "text": "ü, \\"q\\""}, {"n": 2, "text": null}]\n',
    "ndjson": '{"n": 1, "text": "ü, \\"q\\""}\n{"n": 2, "text": null}\n',
    "csv": 'n,text\n1,"ü, ""q"""\n2,\n',
}


@pytest.mark.parametrize("form", FORMATS)
def test_rows_are_printed_in_the_format_that_was_asked_for(desk: Desk, form: str) -> None:
    done = desk.run(TWO_ROWS, "--format", form, step={"output_schema": ROWS})

    assert (done.code, done.out) == (0, FORMATS[form])


def test_logs_and_all_else_are_on_standard_error(desk: Desk) -> None:
    done = desk.run("log.info('so far')\nprint('printed')\nlog.error('odd')\nreturn []")

    assert (done.code, done.out) == (0, "(no rows)\n")
    assert done.err.splitlines() == [
        " info: so far (line 1)",
        " info: printed (line 2)",
        "error: odd (line 3)",
        "0 rows",
    ]


def test_a_process_of_its_own_ends_with_the_code_of_its_run(desk: Desk) -> None:
    desk.write("step.py", "log.info('so far')\nreturn [{'x': 1}] if INPUT_DATA is None else 1 / 0")
    desk.write("schema.json", COLUMN_X)
    desk.write("input.json", [])
    arguments = ("run", "step.py", "--output-schema", "schema.json", "--format", "json")

    good, bad = desk.process(*arguments), desk.process(*arguments, "--input", "input.json")

    assert (good.code, good.out) == (0, '[{"x": 1}]\n')
    assert good.err.splitlines() == [" info: so far (line 1)", "1 row"]
    assert (bad.code, bad.out) == (11, "")


def test_a_mistake_in_the_text_is_shown_with_its_line_and_a_caret(desk: Desk) -> None:
    done = desk.run("x = 1\nreturn [{'x': }]")

    assert (done.code, done.out) == (10, "")
    assert done.err.splitlines()[0].startswith("error[syntax_error]: ")
    assert done.err.splitlines()[1].startswith("  --> step.py:2:13: ")
    assert done.err.splitlines()[2:] == [
        "    2 | return [{'x': }]",
        "      |             ^",
    ]


def test_every_finding_is_shown_with_its_place_and_its_hint(desk: Desk) -> None:
    done = desk.run("import os\nx: int = 5\nreturn []")

    assert done.code == 10
    lines = done.err.splitlines()
    assert [line for line in lines if line.startswith("  -->")] == [
        "  --> step.py:1:8: import of `os` is not allowed",
        "  --> step.py:2:4: type hint on `x` is not allowed",
    ]
    assert "      |        ^^" in lines
    assert sum(line.startswith("      = ") for line in lines) == 2


def test_what_the_statement_raised_is_shown_where_it_was_raised(desk: Desk) -> None:
    done = desk.run("log.info('so far')\nüü = 1 / 0\nreturn []")

    assert (done.code, done.out) == (11, "")
    assert done.err.splitlines() == [
        " info: so far (line 1)",
        "error[statement_raised]: division by zero",
        "  --> step.py:2:6: division by zero",
        "    2 | üü = 1 / 0",
        "      |      ^^^^^",
    ]


def test_a_caret_stands_under_its_text_also_after_a_tab(desk: Desk) -> None:
    done = desk.run("if True:\n\treturn 1 / 0")

    assert done.err.splitlines()[-2:] == ["    2 | \treturn 1 / 0", "      | \t       ^^^^^"]


def test_a_mismatch_is_shown_with_its_place(desk: Desk) -> None:
    done = desk.run("return [{'x': 1}, {'x': 'a'}]")

    assert (done.code, done.out) == (12, "")
    assert "error[output_mismatch]: " in done.err
    assert "--learn-schema" in done.err
    assert "\n  /1/x: " in done.err


def test_mismatches_that_are_not_listed_are_counted(desk: Desk) -> None:
    done = desk.run("return [{'x': 'a'}] * 25")

    assert done.err.splitlines()[-2] == "  and 5 more"


def test_input_that_does_not_match_is_told_apart_from_output(desk: Desk) -> None:
    desk.write("input.json", [{"x": "a"}])

    done = desk.run("return []", "--input", "input.json", step={"input_schema": COLUMN_X})

    assert (done.code, done.out) == (15, "")


@pytest.mark.parametrize(
    ("statement", "limits", "code", "named"),
    [
        ("while True: pass", {"wall_seconds": 0.3}, 13, "wall_limit"),
        ("while True: pass", {"cpu_seconds": 0.2}, 13, "cpu_limit"),
        ("x = bytearray(1 << 30)\nreturn []", {"memory_bytes": 50_000_000}, 14, "memory_limit"),
        ("return [{'x': 1}] * 2", {"rows": 1}, 17, "output_limit"),
    ],
)
def test_a_limit_is_an_exit_code(
    desk: Desk, statement: str, limits: dict[str, Any], code: int, named: str
) -> None:
    done = desk.run(statement, step={"limits": limits})

    assert (done.code, done.out) == (code, "")
    assert f"error[{named}]: " in done.err


def test_a_missing_environment_is_our_own_fault(desk: Desk) -> None:
    environ = {"PROCESSOR_ENVIRONMENTS_DIR": str(desk.folder / "none")}

    done = desk.run("return []", environ=environ)

    assert (done.code, done.out) == (20, "")
    assert done.err.startswith("processor: environment_not_ready: ")
    assert "processor env build" in done.err


# Inputs


def test_rows_and_checkpoint_reach_the_statement(desk: Desk) -> None:
    desk.write("input.json", [{"x": 1}, {"x": 5}])

    done = desk.run(
        "return [r for r in INPUT_DATA if r['x'] > DATA_CHECKPOINT]",
        *("--input", "input.json", "--checkpoint", "3", "--format", "json"),
    )

    assert json.loads(done.out) == [{"x": 5}]


def test_a_schema_lies_in_a_file_of_its_own(desk: Desk) -> None:
    desk.write("step.py", "return [{'x': 'a'}]")
    desk.write("schema.json", COLUMN_X)

    done = desk.call("run", "step.py", "--output-schema", "schema.json")

    assert done.code == 12


def test_an_option_wins_over_the_step_s_file(desk: Desk) -> None:
    done = desk.run("return []", "--checkpoint-column", "y", step={"checkpoint_column": "x"})

    assert done.code == 10
    assert "'y'" in done.err


# Cycles and checkpoints

COUNT_TO_3 = "n = (DATA_CHECKPOINT or 0) + 1\nreturn [{'x': n}] if n <= 3 else []"
COLUMN = ("--checkpoint-column", "x", "--format", "json")


def test_cycles_follow_the_checkpoint_until_there_are_no_rows(desk: Desk) -> None:
    done = desk.run(COUNT_TO_3, *COLUMN, "--cycles", "10")

    assert json.loads(done.out) == [{"x": 1}, {"x": 2}, {"x": 3}]
    assert done.err.splitlines() == [
        "1 row, checkpoint null -> 1",
        "1 row, checkpoint 1 -> 2",
        "1 row, checkpoint 2 -> 3",
        "0 rows",
    ]


def test_cycles_start_from_the_given_checkpoint_once(desk: Desk) -> None:
    done = desk.run(COUNT_TO_3, *COLUMN, "--cycles", "2", "--checkpoint", "1")

    assert json.loads(done.out) == [{"x": 2}, {"x": 3}]


def test_a_checkpoint_that_stays_ends_the_cycles(desk: Desk) -> None:
    done = desk.run("return [{'x': 1}]", "--cycles", "10", "--format", "json")

    assert json.loads(done.out) == [{"x": 1}]


def test_a_cycle_that_fails_ends_the_command_with_its_code(desk: Desk) -> None:
    done = desk.run(
        "n = 2 - (DATA_CHECKPOINT or 0)\nreturn [{'x': 2 // n}]", *COLUMN, "--cycles", "9"
    )

    assert (done.code, done.out) == (11, "")
    assert done.err.startswith("1 row, checkpoint null -> 1\n")


def test_a_step_id_keeps_the_checkpoint_between_calls(desk: Desk) -> None:
    desk.run(COUNT_TO_3, *COLUMN, "--step-id", "counting")

    done = desk.run(COUNT_TO_3, *COLUMN, "--step-id", "counting")

    assert json.loads(done.out) == [{"x": 2}]
    assert desk.call("checkpoint", "show", "counting").out == "2  (version 2)\n"


def test_without_step_id_nothing_is_kept(desk: Desk) -> None:
    desk.run(COUNT_TO_3, *COLUMN)

    assert not (desk.folder / "data").exists()


# Mistakes in the call


@pytest.mark.parametrize(
    ("content", "option"),
    [
        (b"[1", "--input"),
        (b"[NaN]", "--input"),
        (b"\xff", "--input"),
        (b"[" * 100_000, "--input"),
        (b"{", "--step"),
        (b"[]", "--step"),
        (b"{", "--output-schema"),
    ],
    ids=range(7),
)
def test_a_file_that_cannot_be_read_is_named(desk: Desk, content: bytes, option: str) -> None:
    desk.write("step.py", "return []")
    desk.write("given.json", content)

    done = desk.call("run", "step.py", option, "given.json")

    assert (done.code, done.out) == (2, "")
    assert "given.json" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["none.py"],
        ["empty"],
        ["step.py", "--input", "none.json"],
        ["step.py", "--step", "none.json"],
        ["step.py", "--cycles", "0"],
        ["step.py", "--format", "xml"],
        ["step.py", "--checkpoint", "{"],
        ["step.py", "--checkpoint", "NaN"],
        ["step.py", "--nonsense"],
        [],
    ],
)
def test_a_mistake_in_the_call_is_an_exit_code_of_its_own(desk: Desk, arguments: list[str]) -> None:
    desk.write("step.py", "return []")
    (desk.folder / "empty").mkdir()

    done = desk.call("run", *arguments)

    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_a_step_s_folder_stands_for_its_files_and_options_win_over_them(desk: Desk) -> None:
    (desk.folder / "mine").mkdir()
    desk.write("mine/step.py", "return [{'x': len(INPUT_DATA)}]")
    desk.write("mine/step.json", {"output_schema": COLUMN_X})
    desk.write("mine/input.csv", "a\n1\n2\n")
    desk.write("other.json", [{"a": 1}])

    own = desk.call("run", "mine", "--format=json")
    other = desk.call("run", "mine", "--format=json", "--input=other.json")

    assert (own.out, other.out) == ('[{"x": 2}]\n', '[{"x": 1}]\n')


def test_a_statement_that_is_no_text_is_a_mistake_in_the_call(desk: Desk) -> None:
    desk.write("step.py", b"\xff")

    done = desk.call("run", "step.py")

    assert done.code == 2
    assert "step.py" in done.err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], "missing_schema"),
        (["--output-schema", "nope"], "unknown_schema"),
        (["--output-schema", "{" * 5000], "unknown_schema"),
        (["--output-schema", "nope", "--step-id", ""], "invalid_request"),
    ],
    ids=["no schema", "unknown schema", "long schema", "empty id"],
)
def test_a_request_that_is_refused_is_a_mistake_in_the_call(
    desk: Desk, options: list[str], code: str
) -> None:
    desk.write("step.py", "return []")

    done = desk.call("run", "step.py", *options)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"processor: {code}: ")
