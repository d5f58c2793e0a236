"""`processor infer-schema`: the schema of a file's rows."""

import json

import pytest

from tests.cli.command import Desk

CSV = "id,state,day\n1,paid,31.12.2024\n2,,30.12.2024\n"


def test_what_was_seen_is_a_table(desk: Desk) -> None:
    desk.write("orders.csv", CSV)

    done = desk.call("infer-schema", "orders.csv")

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "column  type     null    seen",
        "id      Integer  no      -",
        "state   Text     1 of 2  at most 4 characters",
        "day     Text     no      at most 10 characters; dates written as dd.MM.yyyy: "
        "a Date column takes ISO 8601, which also sorts right",
    ]


def test_the_schema_alone_is_one_that_run_takes(desk: Desk) -> None:
    desk.write("orders.csv", "x\n1\n2\n")

    done = desk.call("infer-schema", "orders.csv", "--format=schema", "--output=schema.json")

    assert done.err == "written: schema.json\n"
    assert json.loads(done.out) == json.loads((desk.folder / "schema.json").read_bytes())
    run = desk.run("return INPUT_DATA", "--input=orders.csv", "--input-schema=schema.json")
    assert run.code == 0, run.err


def test_everything_is_told_as_json(desk: Desk) -> None:
    desk.write("rows.json", [{"x": 1}])
    desk.write("declared.json", {"columns": [{"name": "x", "type": "Text"}]})

    done = desk.call("infer-schema", "rows.json", "--declared=declared.json", "--format=json")

    report = json.loads(done.out)
    assert done.code == 1
    assert [each["what"] for each in report["difference"]] == ["type", "never_null"]
    assert (report["row_count"], report["columns"][0]["least"]) == (1, 1)


def test_what_differs_from_the_declared_is_told_with_its_severity(desk: Desk) -> None:
    desk.write("rows.json", [{"x": 1}])
    desk.write("declared.json", {"columns": [{"name": "x", "type": "Integer"}]})

    done = desk.call("infer-schema", "rows.json", "--declared", "declared.json")

    assert done.code == 0
    assert done.err == "info[never_null]: 'x' allows null, and no row is without a value\n"


@pytest.mark.parametrize("content", [[], [{"": 1}], "{"])
def test_a_file_that_has_no_schema_ends_with_2(desk: Desk, content: object) -> None:
    desk.write("rows.json", content)

    done = desk.call("infer-schema", "rows.json")

    assert done.code == 2
    assert "rows" in done.err


@pytest.mark.parametrize("declared", ["[]", '{"columns": []}', "x"])
def test_a_declared_schema_that_is_none_ends_with_2(desk: Desk, declared: str) -> None:
    desk.write("rows.json", [{"x": 1}])
    desk.write("declared.json", declared)

    assert desk.call("infer-schema", "rows.json", "--declared=declared.json").code == 2
