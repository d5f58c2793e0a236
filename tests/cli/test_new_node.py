"""`processor new wasm-node`, and running what it makes."""

import json

from .command import Desk


def test_a_new_node_is_checked_and_runs(desk: Desk) -> None:
    folder = desk.folder / "mine"
    made = desk.call("new", "wasm-node", folder)
    checked = desk.call("check", folder / "node.py", "--profile", "wasm-node")

    run = desk.call(
        "run", folder / "node.py", "--step", folder / "step.json",
        "--inputs", folder / "inputs.json",
    )  # fmt: skip

    assert (made.code, checked.code, run.code) == (0, 0, 0), (made, checked, run)
    assert json.loads(run.out)["outputs"] == {"repeated": "hé hé hé "}
    assert " info: repeating 3 times" in run.err


def test_a_node_that_fails_prints_its_answer_and_ends_with_its_code(desk: Desk) -> None:
    folder = desk.folder / "mine"
    desk.call("new", "wasm-node", folder)
    inputs = folder / "inputs.json"
    inputs.write_text('{"context": {"inputs": {"times": -1}}}')

    run = desk.call("run", folder / "node.py", "--step", folder / "step.json", "--inputs", inputs)

    assert run.code == 11
    assert json.loads(run.out)["error"] == "times is below zero"
    assert "error[node_error]: times is below zero" in run.err


def test_a_folder_that_is_there_stays_as_it_is(desk: Desk) -> None:
    (desk.folder / "mine").mkdir()

    made = desk.call("new", "wasm-node", desk.folder / "mine")

    assert made.code == 2
    assert "is there already" in made.err
    assert list((desk.folder / "mine").iterdir()) == []
