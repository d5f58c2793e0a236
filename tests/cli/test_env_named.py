"""`processor env put` and its like, on environments of a folder of wheels."""

import json
from typing import Any

import pytest

from tests.cli.command import Desk
from tests.environment.custom.wheels import a_wheel


@pytest.fixture
def offline(desk: Desk) -> Desk:
    """Give a desk whose only wheels are in a folder."""
    a_wheel(desk.folder / "wheels", "plain")
    (desk.folder / "wanted.txt").write_text("plain\n")
    (desk.folder / "processor.toml").write_text(
        f'data_dir = "{desk.folder / "data"}"\n'
        f'[custom]\nindex = "none"\nwheels_dir = "{desk.folder / "wheels"}"\n'
    )
    return desk


def call(desk: Desk, *words: object) -> Any:
    return desk.call("--config", desk.folder / "processor.toml", "env", *words)


def test_requirements_are_given_a_name_and_built(offline: Desk) -> None:
    done = call(offline, "put", "mine", offline.folder / "wanted.txt")

    told = json.loads(done.out)
    assert (done.code, told["state"], told["packages"]) == (0, "ready", {"plain": "1.0"})
    assert [each["id"] for each in json.loads(call(offline, "named").out)] == ["mine"]


def test_a_build_that_fails_is_told_and_ends_so(offline: Desk) -> None:
    (offline.folder / "wanted.txt").write_text("absent\n")

    done = call(offline, "put", "mine", offline.folder / "wanted.txt")

    assert (done.code, json.loads(done.out)["broken"]) == (20, ["absent"])


def test_a_name_is_rebuilt_and_forgotten(offline: Desk) -> None:
    call(offline, "put", "mine", offline.folder / "wanted.txt")
    a_wheel(offline.folder / "wheels", "plain", "2.0")

    rebuilt = call(offline, "rebuild", "mine")
    gone = call(offline, "delete", "mine")

    assert json.loads(rebuilt.out)["packages"] == {"plain": "2.0"}
    assert gone.code == 0
    assert json.loads(call(offline, "named").out) == []


@pytest.mark.parametrize(
    "words", [("rebuild", "absent"), ("delete", "absent"), ("put", "current", "wanted.txt")]
)
def test_a_name_that_cannot_be_is_refused(offline: Desk, words: tuple[str, ...]) -> None:
    placed = [offline.folder / word if word.endswith(".txt") else word for word in words]

    done = call(offline, *placed)

    assert (done.code, done.out) == (2, "")
    assert words[1] in done.err
