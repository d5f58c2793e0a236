"""`processor new`: a step that runs as it is."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Desk

CSV = "order,customer,total\n3,Ada,12.5\n1,Bob,7\n2,Ada,9\n"


def test_a_step_of_ones_own_rows_runs_and_is_sound(desk: Desk) -> None:
    desk.write("orders.csv", CSV)

    made = desk.call("new", "orders", "--input", "orders.csv")
    run = desk.call("run", "orders", "--format=json")
    proof = desk.call("simulate", "orders")

    assert made.code == 0
    assert "data checkpoint column: order" in made.err
    assert [row["order"] for row in json.loads(run.out)] == [1, 2, 3]
    assert proof.out.endswith("proven: every key came once\n")


def test_a_statement_whose_rows_have_other_columns_teaches_its_schema(desk: Desk) -> None:
    desk.call("new", "demo")
    desk.write(
        "demo/step.py", "return [{'id': r['id'], 'cents': r['id'] * 100} for r in INPUT_DATA]"
    )

    refused = desk.call("run", "demo")
    learnt = desk.call("run", "demo", "--learn-schema")
    after = desk.call("run", "demo")

    assert (refused.code, learnt.code, after.code) == (12, 0, 0)
    step = json.loads((desk.folder / "demo" / "step.json").read_bytes())
    assert [column["name"] for column in step["output_schema"]["columns"]] == ["id", "cents"]
    assert len(step["input_schema"]["columns"]) == 4
    assert (step["id"], step["checkpoint_column"]) == ("demo", "id")


@pytest.mark.parametrize(
    ("statement", "options"),
    [("return []", []), ("return [{'id': 1}]", ["--processing=row"])],
)
def test_a_schema_that_cannot_be_learnt_leaves_the_file_alone(
    desk: Desk, statement: str, options: list[str]
) -> None:
    desk.call("new", "demo")
    desk.write("demo/step.py", statement)
    before = (desk.folder / "demo" / "step.json").read_bytes()

    assert desk.call("run", "demo", "--learn-schema", *options).code == 2
    assert (desk.folder / "demo" / "step.json").read_bytes() == before


def test_without_rows_there_is_an_example_to_begin_with(desk: Desk) -> None:
    desk.call("new", "demo")

    assert desk.call("run", "demo").code == 0
    assert desk.call("check", "demo/step.py").err == "no findings\n"
    assert desk.call("test", "demo", "--update").code == 0
    assert desk.call("test", "demo").code == 0


def test_nothing_that_is_there_is_overwritten(desk: Desk) -> None:
    (desk.folder / "demo").mkdir()
    desk.write("demo/step.py", "return []")

    done = desk.call("new", "demo")

    assert done.code == 2
    assert "demo has step.py already" in done.err
    assert [file.name for file in (desk.folder / "demo").iterdir()] == ["step.py"]


def test_what_is_odd_about_the_rows_is_told(desk: Desk) -> None:
    desk.write("orders.csv", "name,day\na,31.12.2024\n")

    done = desk.call("new", "orders", "--input=orders.csv")

    assert "no column fits as data checkpoint" in done.err
    assert "note: day: dates written as dd.MM.yyyy" in done.err


@pytest.mark.parametrize(
    "options", [["--checkpoint-column=x"], ["--input=empty.json"], ["--input=nobody.csv"]]
)
def test_what_cannot_be_drafted_ends_with_2_and_makes_nothing(
    desk: Desk, options: list[str]
) -> None:
    desk.write("empty.json", [])

    assert desk.call("new", "demo", *options).code == 2
    assert not (desk.folder / "demo").exists()


def test_a_linter_takes_the_statement_as_it_is(desk: Desk) -> None:
    desk.call("new", "demo")
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert ruff is not None

    done = subprocess.run(
        [ruff, "check", "--no-cache", "demo/step.py"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
