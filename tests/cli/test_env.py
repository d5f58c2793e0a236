"""`processor env`: what it prints, and how it ends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from processor.cli.env import env


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    environments_dir: Path
    locks_dir: Path
    environ: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Places with the lock of one environment, which has no packages."""
    tmp_path.joinpath("locks").mkdir()
    tmp_path.joinpath("locks", "empty.txt").touch()
    return Places(environments_dir=tmp_path / "built", locks_dir=tmp_path / "locks")


def ask(places: Places, *words: str) -> Result:
    return CliRunner().invoke(env, words, obj=places)


def test_list_names_the_environment_that_is_not_built(places: Places) -> None:
    (row,) = json.loads(ask(places, "list", "--format", "json").stdout)

    assert (row["name"], row["state"], row["reason"]) == ("empty", "none", None)


def test_list_prints_a_table_by_default(places: Places) -> None:
    heading, line = ask(places, "list").stdout.splitlines()

    assert heading.split() == ["name", "state", "digest", "reason"]
    assert line.split()[:2] == ["empty", "none"]


def test_list_tells_why_a_build_failed(places: Places) -> None:
    places.locks_dir.joinpath("empty.txt").write_text("no requirement\n")
    ask(places, "build")

    (row,) = json.loads(ask(places, "list", "--format", "json").stdout)

    assert row["state"] == "failed"
    assert "no requirement" in row["reason"]


def test_build_says_on_stderr_what_it_builds(places: Places) -> None:
    result = ask(places, "build", "empty")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "building the environment empty\n"


def test_a_second_build_says_nothing(places: Places) -> None:
    ask(places, "build")

    result = ask(places, "build")

    assert (result.exit_code, result.output) == (0, "")


def test_a_failed_build_ends_with_our_own_fault(places: Places) -> None:
    places.locks_dir.joinpath("empty.txt").write_text("no requirement\n")

    result = ask(places, "build")

    assert result.exit_code == 20
    assert "no requirement" in result.stderr


@pytest.mark.parametrize("command", ["build", "show"])
def test_an_unknown_name_is_answered_with_the_known_ones(places: Places, command: str) -> None:
    result = ask(places, command, "absent")

    assert result.exit_code == 20
    assert "known: empty" in result.stderr


def test_show_tells_the_packages_of_a_built_environment(places: Places) -> None:
    ask(places, "build")

    shown = json.loads(ask(places, "show", "empty", "--format", "json").stdout)

    assert (shown["state"], shown["packages"]) == ("ready", {})
