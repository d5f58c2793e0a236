"""`processor diff-env`: the same step in two environments, and what differs."""

import json
from typing import Any

from tests.cli.command import Desk, Done

TWO = {
    "columns": [
        {"name": "x", "type": "JSON", "nullable": True},
        {"name": "y", "type": "JSON", "nullable": True},
    ]
}


def compare(desk: Desk, statement: str, *options: object) -> Done:
    """Call the command for a step whose rows have `x` and `y`, of any type."""
    desk.write("step.py", statement)
    desk.write("step.json", {"output_schema": TWO})
    return desk.call("diff-env", "step.py", "--step", "step.json", *options)


def report(done: Done) -> Any:
    return json.loads(done.out)


# The command


def test_equal_rows_end_well(desk: Desk) -> None:
    done = compare(desk, "return [{'x': 1, 'y': None}]")

    assert (done.code, done.out) == (0, "equal: 1 row\n")
    assert done.err.splitlines() == ["in processor-3.2:", "1 row", "in current:", "1 row"]


def test_what_differs_is_a_table_and_ends_with_1(desk: Desk) -> None:
    done = compare(
        desk,
        "import numpy as np\n"
        "new = np.__version__ > '2'\n"
        "rows = [{'x': 1, 'y': repr(np.int64(3))}]\n"
        "return rows * 2 if new else rows",
    )

    assert done.code == 1
    assert done.out.splitlines() == [
        "column  differing  row  processor-3.2  current",
        'y       1          0    "3" (string)   "np.int64(3)" (string)',
        "only in current: 1 of its rows, from row 1",
    ]


def test_the_report_as_json_has_values_and_types(desk: Desk) -> None:
    done = compare(
        desk, "import pandas\nreturn [{'x': int(pandas.__version__[0]), 'y': 0}]", "--format=json"
    )

    assert done.code == 1
    assert report(done) == {
        "equal": False,
        "before": {"environment": "processor-3.2", "row_count": 1},
        "after": {"environment": "current", "row_count": 1},
        "columns": [
            {
                "column": "x",
                "differing": 1,
                "examples": [
                    {
                        "row": 0,
                        "key": None,
                        "before": {"value": 2, "type": "integer"},
                        "after": {"value": 3, "type": "integer"},
                    }
                ],
            }
        ],
        "key": None,
        "removed_rows": {"count": 0, "first": None, "examples": []},
        "added_rows": {"count": 0, "first": None, "examples": []},
        "changed_rows": 1,
        "same_rows": 0,
        "repeated_keys": 0,
    }


def test_rows_are_matched_by_a_key_where_one_is_given(desk: Desk) -> None:
    done = compare(
        desk,
        "import pandas\n"
        "rows = [{'x': 1, 'y': 1}, {'x': 2, 'y': 2}]\n"
        "return rows if pandas.__version__ < '3' else rows[::-1]",
        "--key=x",
    )

    assert (done.code, done.out) == (0, "equal: 2 rows\n")


def test_a_run_that_fails_in_one_ends_with_its_own_code_and_says_in_which(desk: Desk) -> None:
    done = compare(desk, "number: int = 1\nreturn []")

    assert (done.code, done.out) == (10, "")
    assert "processor: the run in processor-3.2 failed" in done.err
    assert "in current failed" not in done.err


def test_a_run_that_fails_in_the_other_ends_with_that_ones_code(desk: Desk) -> None:
    done = compare(desk, "import pandas\nassert pandas.__version__ < '3'\nreturn []")

    assert (done.code, done.out) == (11, "")
    assert "processor: the run in current failed" in done.err


def test_both_start_from_the_checkpoint_that_is_given(desk: Desk) -> None:
    done = compare(
        desk,
        "return [{'x': DATA_CHECKPOINT + 1, 'y': 0}]",
        *("--checkpoint", "1", "--checkpoint-column", "x", "--cycles", "2"),
    )

    assert (done.code, done.out) == (0, "equal: 2 rows\n")


def test_a_kept_checkpoint_is_read_and_does_not_move(desk: Desk) -> None:
    desk.call("checkpoint", "set", "mine", "7")

    done = compare(
        desk,
        "assert DATA_CHECKPOINT == 7\nreturn [{'x': 8, 'y': 0}]",
        *("--step-id", "mine", "--checkpoint-column", "x"),
    )

    assert done.code == 0, done.err
    assert desk.call("checkpoint", "show", "mine").out == "7  (version 1)\n"


def test_a_kept_checkpoint_allows_no_further_cycle(desk: Desk) -> None:
    done = compare(desk, "return []", "--step-id", "mine", "--cycles", "2")

    assert done.code == 2


def test_an_environment_is_not_compared_with_itself(desk: Desk) -> None:
    done = compare(desk, "return []", "--env", "processor-3.2")

    assert done.code == 2


# `processor run --env`


def test_run_takes_the_environment_and_the_profile_of_its_name(desk: Desk) -> None:
    done = desk.run("import re\nnumber: int = 1\nreturn [{'x': number}]", "--env", "current")

    assert done.code == 0, done.err


def test_run_takes_an_environment_that_has_no_profile_of_its_name(desk: Desk) -> None:
    done = desk.run(
        "import pandas\nreturn [{'x': int(pandas.__version__[0])}]",
        *("--env", "processor-3.2", "--format", "json"),
    )

    assert (done.code, done.out) == (0, '[{"x": 2}]\n')


def test_an_unknown_environment_is_answered_with_the_known_ones(desk: Desk) -> None:
    done = desk.run("return []", "--env", "absent")

    assert done.code == 20
    assert "known: arrow, current, node, processor-3.2" in done.err
