"""`processor checkpoint`: look at checkpoints in the data folder, set and reset them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from processor.cli import main
from tests.cli.command import Desk


@pytest.fixture(autouse=True)
def folder(desk: Desk) -> Path:
    return desk.folder


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, ["checkpoint", *words])


def test_what_was_set_is_shown() -> None:
    assert ask("set", "orders", '{"a": [1, "ü"]}').stdout == '{"a":[1,"ü"]}  (version 1)\n'
    assert ask("show", "orders").stdout == '{"a":[1,"ü"]}  (version 1)\n'


def test_a_reset_is_null_and_a_version_of_its_own() -> None:
    ask("set", "orders", "7")

    assert ask("reset", "orders").stdout == "null  (version 2)\n"


def test_the_history_is_newest_first() -> None:
    ask("set", "orders", "7")
    ask("reset", "orders")

    lines = ask("history", "orders").stdout.splitlines()

    assert [line.split()[:3] for line in lines] == [["2", "null", "reset"], ["1", "7", "manual"]]


def test_the_history_is_as_long_as_asked_for() -> None:
    for value in "123":
        ask("set", "orders", value)

    assert len(ask("history", "orders", "--limit", "2").stdout.splitlines()) == 2


def test_the_checkpoint_of_a_tenant_is_its_own() -> None:
    assert ask("--tenant", "acme", "set", "orders", "7").stdout == "7  (version 1)\n"

    assert ask("--tenant", "acme", "show", "orders").stdout == "7  (version 1)\n"
    assert ask("show", "orders").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tenant", "Not A Tenant"], "--tenant"),
        (["--url", "http://127.0.0.1:9", "--tenant", "acme"], "by `remote.token`: omit --tenant"),
    ],
)
def test_a_tenant_that_cannot_be_meant_is_refused(words: list[str], told: str) -> None:
    result = ask(*words, "show", "orders")

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


@pytest.mark.parametrize("command", ["show", "reset", "history"])
def test_a_step_without_checkpoint_is_told(command: str) -> None:
    result = ask(command, "orders")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "'orders' has no checkpoint" in result.stderr


def test_looking_leaves_no_checkpoint_behind() -> None:
    ask("reset", "orders")

    assert ask("show", "orders").exit_code == 2


@pytest.mark.parametrize("words", [["set", "orders", "8"], ["reset", "orders"]])
def test_another_version_than_the_current_one_changes_nothing(words: list[str]) -> None:
    ask("set", "orders", "7")

    result = ask(*words, "--if-version", "3")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "version 1" in result.stderr
    assert ask("show", "orders").stdout == "7  (version 1)\n"


def test_the_current_version_may_be_changed() -> None:
    ask("set", "orders", "7")

    assert ask("set", "orders", "8", "--if-version", "1").stdout == "8  (version 2)\n"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "{", "", "orders", '"\\ud800"'])
def test_what_is_not_json_is_not_kept(value: str) -> None:
    result = ask("set", "orders", value)

    assert (result.exit_code, result.stdout) == (2, "")
    assert ask("show", "orders").exit_code == 2


@pytest.mark.parametrize("step_id", ["", "a\nb", "x" * 513], ids=["empty", "two lines", "long"])
def test_what_is_no_step_id_is_refused(step_id: str) -> None:
    assert ask("set", step_id, "7").exit_code == 2


def test_a_data_folder_that_cannot_be_is_our_own_fault(
    folder: Path,
) -> None:
    (folder / "data").write_text("a file")

    result = ask("show", "orders")

    assert (result.exit_code, result.stdout) == (20, "")
    assert result.stderr.startswith("processor: ")


def test_a_process_of_its_own_shows_what_another_one_set(desk: Desk) -> None:
    ask("set", "orders", "7")

    assert desk.process("checkpoint", "show", "orders").out == "7  (version 1)\n"


@pytest.mark.parametrize("words", [["show"], ["history"], ["reset"], ["set", "1"]])
def test_an_id_that_is_no_text_is_a_mistake_in_the_call(words: list[str]) -> None:
    command, *value = words

    asked = ask(command, "a\udcff", *value)

    assert asked.exit_code == 2
    assert "an id has 1 to 512 printable characters" in asked.stderr
