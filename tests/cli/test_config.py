"""`processor config show`, and what every command says of bad settings."""

import os
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from processor.cli import main
from processor.config import Settings, flat_settings
from tests.served import COMMAND


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in a folder without settings, in an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.startswith("PROCESSOR_"):
            monkeypatch.delenv(variable)
    return tmp_path


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, [*words])


def test_every_setting_is_shown_with_its_source(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "processor.toml").write_text("[limits]\nslots = 3")
    monkeypatch.setenv("PROCESSOR_PORT", "2345")

    lines = ask("config", "show").stdout.splitlines()

    assert len(lines) == len(list(flat_settings(Settings())))
    assert "host = '127.0.0.1'  # default" in lines
    assert "port = 2345  # PROCESSOR_PORT" in lines
    assert "limits.slots = 3  # processor.toml" in lines


def test_a_named_file_is_the_source(folder: Path) -> None:
    (folder / "other.toml").write_text("port = 4321")

    assert "port = 4321  # other.toml" in ask("--config", "other.toml", "config", "show").stdout


@pytest.mark.parametrize("command", ["config", "serve", "doctor", "run"])
def test_an_unknown_key_of_the_file_ends_every_command(folder: Path, command: str) -> None:
    (folder / "processor.toml").write_text("prot = 80")

    result = ask(command)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "processor.toml: 'prot' is no setting" in result.stderr


def test_an_unknown_variable_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_LIMITS__SLOT", "3")

    result = ask("config", "show")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "PROCESSOR_LIMITS__SLOT: 'limits.slot' is no setting" in result.stderr


def test_an_unknown_flag_ends_the_command() -> None:
    result = ask("serve", "--prot", "80")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--prot" in result.stderr


def test_a_bad_flag_is_named() -> None:
    result = ask("serve", "--port", "99999")

    assert result.exit_code == 2
    assert "flag: port = 99999" in result.stderr


def test_a_file_that_was_named_must_be_there() -> None:
    result = ask("--config", "none.toml", "config", "show")

    assert result.exit_code == 2
    assert "none.toml is not there" in result.stderr


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["checkpoint", "set", "--help"]])
def test_help_is_given(words: list[str]) -> None:
    result = ask(*words)

    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


def test_the_version_is_told() -> None:
    assert ask("--version").stdout.strip().endswith(metadata.version("python-processor"))


def test_help_lists_every_command() -> None:
    listed = ask("--help").stdout

    assert all(name in listed for name in ["serve", "run", "checkpoint", "env", "config", "doctor"])


def test_an_unknown_command_is_a_mistake_in_the_call() -> None:
    assert ask("nonsense").exit_code == 2


def test_output_that_a_full_disk_does_not_take_is_told_in_a_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "config", "show"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 20
    assert done.stderr == "processor: the output cannot be written: No space left on device\n"


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_CALLBACKS__SECRET", "whsec_hidden")

    shown = ask("config", "show").stdout

    assert "callbacks.secret = '***'  # PROCESSOR_CALLBACKS__SECRET" in shown
    assert "hidden" not in shown
