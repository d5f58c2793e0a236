"""`processor diff`: two files of rows."""

import json

import pytest

from tests.cli.command import Desk, Done

BEFORE = [{"id": 1, "n": 1}, {"id": 2, "n": 2}]


def diff(desk: Desk, after: object, *options: object, before: object = BEFORE) -> Done:
    desk.write("before.json", before)
    desk.write("after.json", after)
    return desk.call("diff", "before.json", "after.json", *options)


def test_equal_rows_end_well_and_the_key_is_told(desk: Desk) -> None:
    done = diff(desk, BEFORE[::-1])

    assert (done.code, done.out, done.err) == (0, "equal: 2 rows\n", "matched by id\n")


def test_what_differs_is_a_table_and_ends_with_1(desk: Desk) -> None:
    done = diff(desk, [{"id": 2, "n": 3}, {"id": 4, "n": 4}])

    assert done.code == 1
    assert done.out.splitlines() == [
        "column  differing  id  before.json  after.json",
        "n       1          2   2 (integer)  3 (integer)",
        "only in before.json: 1 of its rows, from row 0",
        "only in after.json: 1 of its rows, from row 1",
    ]


def test_a_spreadsheets_rows_are_compared_too(desk: Desk) -> None:
    desk.write("a.csv", "id,n\n1,x\n2,y\n")
    desk.write("b.csv", "id;n\n2;y\n1;z\n")

    done = desk.call("diff", "a.csv", "b.csv", "--format=json")

    report = json.loads(done.out)
    assert (done.code, report["changed_rows"], report["same_rows"]) == (1, 1, 1)
    assert report["before"] == {"file": "a.csv", "row_count": 2}


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        ([{"id": 1, "n": 1}], {"removed"}),
        ([*BEFORE, {"id": 3, "n": 3}], {"added"}),
        ([{"id": 1, "n": 1}, {"id": 2, "n": 9}], {"changed"}),
    ],
)
def test_only_what_is_asked_for_counts_for_the_end(
    desk: Desk, after: object, kinds: set[str]
) -> None:
    for kind in ("added", "removed", "changed"):
        assert diff(desk, after, "--key=id", f"--fail-on={kind}").code == (kind in kinds)


@pytest.mark.parametrize(
    "options", [["--key=nobody"], ["--key=id", "--by-position"], ["--fail-on=x"]]
)
def test_what_cannot_be_asked_ends_with_2(desk: Desk, options: list[str]) -> None:
    assert diff(desk, BEFORE, *options).code == 2


@pytest.mark.parametrize("content", ['{"a": 1}', "[1]", "x", b"\xff"])
def test_a_file_without_rows_ends_with_2_and_its_name(desk: Desk, content: object) -> None:
    done = diff(desk, content)

    assert done.code == 2
    assert "after.json" in done.err


def test_rows_that_repeat_a_key_are_warned_of(desk: Desk) -> None:
    done = diff(desk, [{"id": 1}, {"id": 1}], "--key=id", before=[{"id": 1}])

    assert "warning: rows that repeat a key, matched in order: 1\n" in done.err
