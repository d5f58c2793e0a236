"""`processor run --record`, `replay` and `capsule`."""

import json
from typing import Any

import pytest

from tests.build import COLUMN_X
from tests.cli.command import Desk, Done

BROKEN = "for row in INPUT_DATA:\n    if row['x'] == 7:\n        row['name'].lower()\nreturn []"
ROWS = [{"x": number, "name": f"Ada {number}", "more": "secret"} for number in range(20)]


def ask(desk: Desk, command: str, statement: str, *options: object) -> Done:
    desk.write("step.py", statement)
    desk.write("step.json", {"output_schema": COLUMN_X, "checkpoint_column": "x"})
    return desk.call(command, "step.py", "--step=step.json", *options)


def content(desk: Desk, file: str) -> Any:
    return json.loads((desk.folder / file).read_bytes())


# Records


def test_a_recorded_run_ends_alike_byte_for_byte(desk: Desk) -> None:
    counts = "return [{'x': (DATA_CHECKPOINT or 0) + 1}]"
    ask(desk, "run", counts, "--cycles=3", "--checkpoint=5", "--record=run.json")

    done = desk.call("replay", "run.json")

    assert content(desk, "run.json")["inputs"]["DATA_CHECKPOINT"] == 7
    assert done.code == 0
    assert done.out.startswith("equal: 1 row, byte for byte ")


def test_a_difference_is_shown_with_what_made_it(desk: Desk) -> None:
    chance = "import random\nreturn [{'x': random.getrandbits(60)}]"
    ask(desk, "run", chance, "--record=run.json")

    done = desk.call("replay", "run.json", "--format=json")

    report = json.loads(done.out)
    assert (done.code, report["equal"]) == (1, False)
    assert [reason["what"] for reason in report["reasons"]] == ["every_run", "statement"]
    assert report["rows"]["changed_rows"] + report["rows"]["added_rows"]["count"] == 1


def test_another_environment_is_named(desk: Desk) -> None:
    version = "import pandas\nreturn [{'x': int(pandas.__version__[0])}]"
    ask(desk, "run", version, "--record=run.json")

    done = desk.call("replay", "run.json", "--env=current")

    assert done.code == 1
    assert "because[environment]: another environment: name was processor-3.2" in done.out


def test_sensitive_variables_are_left_out_and_can_be_given(desk: Desk) -> None:
    length = "return [{'x': len(LocalVariable.Token or '')}]"
    options = ("--var=Token=hunter22", "--sensitive=Token", "--record=run.json")
    ask(desk, "run", length, *options)

    without = desk.call("replay", "run.json")
    given = desk.call("replay", "run.json", "--var=Token=hunter22")

    assert "hunter22" not in (desk.folder / "run.json").read_text()
    assert (without.code, given.code) == (1, 0)
    assert "because[left_out]" in without.out


@pytest.mark.parametrize("text", ["{}", "x", ""])
def test_a_file_that_is_no_record_ends_with_2(desk: Desk, text: str) -> None:
    desk.write("run.json", text)

    done = desk.call("replay", "run.json")

    assert done.code == 2
    assert "run.json: it is no record" in done.err


# Capsules


def test_a_capsule_has_what_the_failure_needs_and_no_more(desk: Desk) -> None:
    desk.write("rows.json", [{**row, "name": None} if row["x"] == 7 else row for row in ROWS])

    done = ask(desk, "capsule", BROKEN, "--input=rows.json", "--output=it.capsule")

    assert done.code == 0, done.err
    assert content(desk, "it.capsule")["inputs"]["INPUT_DATA"] == [{"x": 7, "name": None}]
    assert "kept as it is, the failure needs it: /INPUT_DATA/0/x" in done.err
    assert "--> step.py:3:9" in done.err


def test_a_capsule_fails_elsewhere_as_it_did_here(desk: Desk) -> None:
    desk.write("rows.json", [{"x": 7}])
    ask(desk, "capsule", BROKEN, "--input=rows.json")
    desk.write("step.py", "something else")

    done = desk.call("replay", "step.capsule")

    assert done.code == 0
    assert done.out == "equal: statement_raised in line 3: 'name'\n"


def test_values_that_the_failure_does_not_need_are_unreadable(desk: Desk) -> None:
    desk.write("rows.json", ROWS[:1])

    ask(desk, "capsule", "int(INPUT_DATA[0]['name'])", "--input=rows.json")

    text = (desk.folder / "step.capsule").read_text()
    assert content(desk, "step.capsule")["inputs"]["INPUT_DATA"] == [{"name": "Xxx 0"}]
    assert "Ada" not in text
    assert "secret" not in text


def test_rows_that_are_none_are_left_in_the_capsule(desk: Desk) -> None:
    desk.write("rows.json", [{"a": 1}, 2, {"a": 3}])

    done = ask(desk, "capsule", "return []", "--input=rows.json")

    assert done.code == 0, done.err
    assert len(content(desk, "step.capsule")["inputs"]["INPUT_DATA"]) == 1


def test_a_run_that_succeeds_is_no_failure_to_keep(desk: Desk) -> None:
    done = ask(desk, "capsule", "return []")

    assert done.code == 1
    assert not (desk.folder / "step.capsule").exists()
