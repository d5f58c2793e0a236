"""`processor simulate`: cycles, and what they prove."""

import json

import pytest

from tests.build import COLUMN_X
from tests.cli.command import Desk, Done

ROWS = [{"x": number} for number in range(1, 6)]
SOUND = "rows = [r for r in INPUT_DATA if r['x'] > (DATA_CHECKPOINT or 0)]\nreturn rows[:2]"


def simulate(desk: Desk, statement: str, *options: object, rows: object = ROWS) -> Done:
    desk.write("step.py", statement)
    desk.write("step.json", {"output_schema": COLUMN_X, "checkpoint_column": "x"})
    desk.write("rows.json", rows)
    return desk.call("simulate", "step.py", "--step", "step.json", "--input", "rows.json", *options)


def test_a_sound_step_is_proven(desk: Desk) -> None:
    done = simulate(desk, SOUND)

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "cycle  status                     rows  checkpoint",
        "1      200 finished_successfully  2     null -> 2",
        "2      200 finished_successfully  2     2 -> 4",
        "3      200 finished_successfully  1     4 -> 5",
        "4      201 no_data_produced       0     5 -> 5",
        "end: the last cycle had no rows left",
        "coverage by x: 5 of 5 keys came once",
        "proven: every key came once",
    ]


def test_rows_that_are_not_sorted_are_found_with_the_keys_they_lose(desk: Desk) -> None:
    done = simulate(desk, SOUND, rows=[{"x": number} for number in (3, 5, 1, 2, 4)])

    assert done.code == 1
    assert "  never, and lost: 3 (1, 2, 4)" in done.out.splitlines()
    assert "faults: skipped" in done.out


def test_a_step_that_stands_still_is_found(desk: Desk) -> None:
    done = simulate(desk, "return INPUT_DATA[:1]", "--format=json")

    report = json.loads(done.out)
    assert done.code == 1
    assert (report["end"], report["faults"]) == ("stalled", ["stalled", "twice", "left"])


def test_a_fault_that_is_allowed_ends_well(desk: Desk) -> None:
    even = SOUND.replace("rows[:2]", "[r for r in rows if r['x'] % 2 == 0]")

    assert simulate(desk, even).code == 1
    assert simulate(desk, even, "--allow", "skipped", "--allow", "left").code == 0


def test_a_cycle_that_fails_ends_as_a_run_does(desk: Desk) -> None:
    done = simulate(desk, "if DATA_CHECKPOINT:\n    1 / 0\nreturn INPUT_DATA")

    assert done.code == 11
    assert "--> step.py:2:5" in done.err
    assert "2      300 connector_failed" in done.out


@pytest.mark.parametrize("options", [["--key=nobody"], ["--cycles=1001"]])
def test_what_cannot_be_simulated_ends_with_2(desk: Desk, options: list[str]) -> None:
    done = simulate(desk, SOUND, *options)

    assert (done.code, done.out) == (2, "")
    assert "invalid_request" in done.err
