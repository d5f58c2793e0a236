"""Cases as files beside a step."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.cases import (
    BrokenCase,
    Result,
    Unmet,
    cases_of,
    input_of,
    junit,
    unmet,
    written_case,
)
from processor.comparison import compare
from tests.strategies import json_values, rows


def expect(folder: Path, content: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "expected.json").write_text(text)


# Where they are


def test_a_step_and_each_folder_of_its_tests_may_be_a_case(tmp_path: Path) -> None:
    step = tmp_path / "orders"
    expect(step, {"cycles": [{"status": 200}]})
    expect(step / "tests" / "refunds", {"cycles": [{}]})
    expect(step / "tests" / "empty", {"cycles": [{}, {}]})
    (step / "tests" / "no-case").mkdir()

    found = [(case.name, len(case.cycles)) for case in cases_of(step)]

    assert found == [("orders", 1), ("orders/empty", 2), ("orders/refunds", 1)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "expected.json"),
        ("[" * 5000, "expected.json"),
        ({"cycles": []}, "at least one cycle"),
        ({"cycles": [1]}, "expected.json"),
        ({"cycles": [{"colour": 1}]}, "/cycles/0/colour: known are status, rows"),
        ({"rows": []}, "expected.json"),
    ],
)
def test_a_case_that_cannot_be_read_is_told_with_its_file(
    tmp_path: Path, content: Any, told: str
) -> None:
    expect(tmp_path, content)

    with pytest.raises(BrokenCase, match=r"expected\.json") as broken:
        list(cases_of(tmp_path))

    assert told in str(broken.value)


def test_the_inputs_are_a_file_of_one_of_three_names(tmp_path: Path) -> None:
    assert input_of(tmp_path) is None
    (tmp_path / "input.csv").write_text("a\n1\n")

    assert input_of(tmp_path) == tmp_path / "input.csv"


def test_what_is_written_down_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "expected.json").write_bytes(written_case([{"status": 201, "rows": []}]))

    (case,) = cases_of(tmp_path)
    assert case.cycles == [{"status": 201, "rows": []}]


# What is unmet


@given(st.dictionaries(st.sampled_from(["first", "last", "checkpoint"]), json_values))
def test_what_is_as_it_must_be_meets_everything(cycle: Any) -> None:
    assert list(unmet(1, cycle, cycle)) == []


@given(rows, rows)
def test_rows_are_unmet_exactly_where_they_differ(expected: Any, given_rows: Any) -> None:
    found = list(unmet(1, {"rows": expected}, {"rows": given_rows}))

    assert bool(found) == (not compare(expected, given_rows, None).equal)
    assert all(each.rows is not None for each in found)


@pytest.mark.parametrize(("expected", "given_value"), [(1, 1.0), (1, True), (None, 0)])
def test_values_of_another_type_are_unmet(expected: Any, given_value: Any) -> None:
    (found,) = unmet(2, {"checkpoint": expected}, {"checkpoint": given_value})

    assert (found.cycle, found.member) == (2, "checkpoint")


def test_only_what_the_case_names_is_compared() -> None:
    assert list(unmet(1, {"status": 200}, {"status": 200, "rows": [1]})) == []


# As JUnit XML


@given(st.text(), st.text())
def test_any_text_makes_xml_that_can_be_read(name: str, message: str) -> None:
    failed = Unmet(cycle=1, member="rows", message=message)

    root = ElementTree.fromstring(
        junit(
            [
                Result(name=f"s/{name}", seconds=0.5, unmet=(failed,)),
                Result(name="t", seconds=0.25, unmet=()),
            ]
        )
    )

    (suite,) = root
    assert suite.attrib["tests"] == "2"
    assert (suite.attrib["failures"], suite.attrib["time"]) == ("1", "0.750")
    assert [case.attrib["classname"] for case in suite] == ["s", "t"]
    assert [len(case) for case in suite] == [1, 0]
