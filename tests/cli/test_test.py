"""`processor test`: the cases of a step."""

import json
from xml.etree import ElementTree

import pytest

from processor.config import CHECKOUT
from tests.build import COLUMN_X
from tests.cli.command import Desk

COUNTS = "return [{'x': (DATA_CHECKPOINT or 0) + 1}]"


@pytest.fixture
def step(desk: Desk) -> Desk:
    (desk.folder / "tests" / "second").mkdir(parents=True)
    desk.write("step.py", COUNTS)
    desk.write("step.json", {"output_schema": COLUMN_X, "checkpoint_column": "x"})
    return desk


def test_cycles_are_compared_one_by_one_each_case_from_the_beginning(step: Desk) -> None:
    cycles = [{"status": 200, "rows": [{"x": 1}], "checkpoint": 1}, {"rows": [{"x": 2}]}]
    step.write("expected.json", {"cycles": cycles})
    step.write("tests/second/expected.json", {"cycles": cycles[:1]})

    done = step.call("test")

    assert (done.code, done.err) == (0, "2 passed, 0 failed\n")
    assert [line.split()[0] for line in done.out.splitlines()] == ["passed", "passed"]


def test_what_is_not_as_expected_is_shown_cell_by_cell_and_in_the_report(step: Desk) -> None:
    step.write("expected.json", {"cycles": [{"rows": [{"x": 7}], "checkpoint": 7}]})

    done = step.call("test", "--junit", "out/report.xml")

    assert done.code == 1
    assert done.out.splitlines()[1:] == [
        "  cycle 1: rows differ",
        "column  differing  row  expected     given",
        "x       1          0    7 (integer)  1 (integer)",
        "  cycle 1: checkpoint is 1, and must be 7",
    ]
    (suite,) = ElementTree.parse(step.folder / "out" / "report.xml").getroot()
    assert suite.attrib["failures"] == "1"


def test_the_report_as_json_has_every_case_and_nothing_else_is_printed(step: Desk) -> None:
    step.write("expected.json", {"cycles": [{"rows": [{"x": 7}]}]})
    step.write("tests/second/expected.json", {"cycles": [{"checkpoint": 1}]})

    done = step.call("test", "--format", "json")

    report = json.loads(done.out)
    assert (done.code, report["passed"], report["failed"]) == (1, 1, 1)
    first, second = report["cases"]
    assert (second["passed"], second["unmet"]) == (True, [])
    assert [each["message"] for each in first["unmet"]] == ["rows differ"]
    assert first["unmet"][0]["rows"]["columns"][0]["column"] == "x"


def test_a_case_has_inputs_of_its_own(step: Desk) -> None:
    step.write("step.py", "return [{'x': len(INPUT_DATA)}]")
    step.write("input.json", {"INPUT_DATA": [{"a": 1}]})
    step.write("expected.json", {"cycles": [{"rows": [{"x": 1}]}]})
    step.write("tests/second/input.csv", "a\n1\n2\n")
    step.write("tests/second/expected.json", {"cycles": [{"rows": [{"x": 2}]}]})

    assert step.call("test").code == 0


def test_a_failure_may_be_what_is_expected(step: Desk) -> None:
    step.write("step.py", "1 / 0")
    step.write("expected.json", {"cycles": [{"status": 300, "error": "statement_raised"}]})

    assert step.call("test").code == 0


def test_what_is_given_can_be_written_down(step: Desk) -> None:
    assert step.call("test", "--update").code == 0

    expected = json.loads((step.folder / "expected.json").read_bytes())
    assert expected == {"cycles": [{"status": 200, "checkpoint": 1, "rows": [{"x": 1}]}]}


def test_of_many_rows_what_tells_them_apart_is_written_down(step: Desk) -> None:
    step.write("step.py", "return [{'x': n} for n in range(51)]")
    step.call("test", "--update")

    (cycle,) = json.loads((step.folder / "expected.json").read_bytes())["cycles"]
    assert cycle["row_count"] == 51
    assert (cycle["first"], cycle["last"]) == ({"x": 0}, {"x": 50})


@pytest.mark.parametrize("content", ["{", '{"cycles": []}', '{"cycles": [{"colour": 1}]}'])
def test_a_broken_case_ends_with_2_and_its_file(step: Desk, content: str) -> None:
    step.write("expected.json", content)

    done = step.call("test")

    assert done.code == 2
    assert "expected.json" in done.err


def test_no_case_at_all_ends_with_2(step: Desk) -> None:
    assert step.call("test").code == 2
    assert step.call("test", "tests").code == 2


def test_the_gallery_is_made_of_cases(desk: Desk) -> None:
    assert desk.call("test", CHECKOUT / "examples" / "xml-invoice").code == 0
