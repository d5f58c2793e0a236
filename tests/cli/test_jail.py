"""`processor jail`: what is told of the walls, and an exit code that says whether they hold."""

import json

import pytest

from processor import wiring
from processor.runtime.forked import Proof
from processor.runtime.forked.proof import Attempt
from tests.cli.command import Desk
from tests.runtime.forked.test_proof import a_proof


def test_the_level_each_wall_and_the_machine_are_shown(desk: Desk) -> None:
    done = desk.call("jail", "show")

    lines = done.out.splitlines()
    assert lines[0] == "level 3 of 3"
    assert "  no new privileges" in lines
    assert "  namespaces and a root of its own: yes" in lines
    assert done.code == 0


def test_as_json_it_is_what_answers_say_and_what_the_machine_gives(desk: Desk) -> None:
    told = json.loads(desk.call("jail", "show", "--format", "json").out)

    assert (told["level"], told["filesystem"]) == (3, "private_root")
    assert told["machine"]["no_namespaces"] == ""
    assert "no new privileges" in told["restrictions"]


def test_everything_that_is_tried_is_told_with_what_stopped_it(desk: Desk) -> None:
    done = desk.call("jail", "probe")

    assert {line[:5] for line in done.out.splitlines()} == {"ok   "}
    assert "ok   start a process: PermissionError: " in done.out
    assert done.code == 0


def test_what_gets_through_is_bad(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def proof(*_: object) -> Proof:
        return a_proof(Attempt(what="fly", stopped=None))

    monkeypatch.setattr(wiring, "proof", proof)

    done = desk.call("jail", "probe")

    assert (done.code, done.out) == (20, "BAD  fly: got through\n")


def test_without_an_environment_there_is_nothing_to_show(desk: Desk) -> None:
    environ = {"PROCESSOR_ENVIRONMENTS_DIR": str(desk.folder / "none")}

    done = desk.call("jail", "show", environ=environ)

    assert (done.code, done.out) == (20, "")
    assert "`processor env build processor-3.2`" in done.err
