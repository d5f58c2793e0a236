"""The settings: who wins, what is told of a mistake."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from processor.config import BadSettings, Settings, flat_settings, read_configuration

Write: TypeAlias = Callable[[str], Path]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder without settings, in an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.startswith("PROCESSOR_"):
            monkeypatch.delenv(variable)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write `processor.toml`."""

    def to_file(text: str) -> Path:
        file = tmp_path / "processor.toml"
        file.write_text(text)
        return file

    return to_file


def read(file: Path | None = None, **flags: Any) -> Settings:
    return read_configuration(file, flags).settings


def source_of(key: str, file: Path | None = None, **flags: Any) -> str:
    return read_configuration(file, flags).sources[key]


def mistake(file: Path | None = None, **flags: Any) -> str:
    with pytest.raises(BadSettings) as caught:
        read(file, **flags)
    return str(caught.value)


# Who wins


def test_without_sources_every_setting_has_its_default() -> None:
    configuration = read_configuration(None, {})

    assert configuration.settings == Settings()
    assert set(configuration.sources.values()) == {"default"}


def test_a_source_is_told_for_every_setting() -> None:
    keys = [key for key, _ in flat_settings(Settings())]

    assert list(read_configuration(None, {}).sources) == keys
    assert "limits.slots" in keys


def test_the_file_wins_over_the_default(write: Write) -> None:
    write("port = 1234")

    assert (read().port, source_of("port")) == (1234, "processor.toml")


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("port = 1234")
    monkeypatch.setenv("PROCESSOR_PORT", "2345")

    assert (read().port, source_of("port")) == (2345, "PROCESSOR_PORT")


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_PORT", "2345")

    assert (read(port=3456).port, source_of("port", port=3456)) == (3456, "flag")


def test_a_flag_that_was_not_given_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_PORT", "2345")

    assert read(port=None).port == 2345


def test_a_flag_of_nought_is_given() -> None:
    assert read(port=0).port == 0


def test_a_source_leaves_what_it_does_not_name(write: Write) -> None:
    write("[limits]\nslots = 3")

    settings = read()
    assert settings.limits.slots == 3
    assert settings.limits.queue == Settings().limits.queue
    assert settings.port == Settings().port


def test_a_file_that_was_named_is_read_instead(write: Write, tmp_path: Path) -> None:
    write("port = 1234")
    other = tmp_path / "other.toml"
    other.write_text("port = 4321")

    assert (read(other).port, source_of("port", other)) == (4321, str(other))


# Nesting, files, types


def test_two_underscores_nest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_LIMITS__DRAIN_SECONDS", "1.5")

    assert read().limits.drain_seconds == 1.5
    assert source_of("limits.drain_seconds") == "PROCESSOR_LIMITS__DRAIN_SECONDS"


def test_a_value_can_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "host").write_text("127.0.0.2\n")
    monkeypatch.setenv("PROCESSOR_HOST_FILE", str(tmp_path / "host"))

    assert (read().host, source_of("host")) == ("127.0.0.2", "PROCESSOR_HOST_FILE")


def test_a_nested_value_can_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slots").write_text("3")
    monkeypatch.setenv("PROCESSOR_LIMITS__SLOTS_FILE", str(tmp_path / "slots"))

    assert read().limits.slots == 3


def test_a_value_whose_file_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_HOST_FILE", "nowhere/host")

    message = mistake()
    assert "PROCESSOR_HOST_FILE" in message
    assert "nowhere/host" in message


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PORT", "eighty"),
        ("PORT", ""),
        ("PORT", "80.5"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("LIMITS__SLOTS", "0"),
        ("LIMITS__SLOTS", "-1"),
        ("LIMITS__QUEUE", "-1"),
        ("LIMITS__BODY_BYTES", "0"),
        ("LIMITS__DRAIN_SECONDS", "-0.5"),
        ("LIMITS__DRAIN_SECONDS", "nan"),
        ("LIMITS__DRAIN_SECONDS", "inf"),
        ("UNAUTHENTICATED", "yes"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_is_named_with_its_source(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"PROCESSOR_{variable}", text)

    message = mistake()
    assert f"PROCESSOR_{variable}" in message
    assert variable.lower().replace("__", ".") in message
    assert repr(text) in message


@pytest.mark.parametrize(
    "text", ['port = "eighty"', "port = true", "port = [1]", "host = 5", "data_dir = 1979-05-27"]
)
def test_a_bad_value_of_the_file_is_named_with_the_file(write: Write, text: str) -> None:
    write(text)

    message = mistake()
    assert message.startswith("processor.toml: ")
    assert text.partition(" ")[0] in message


def test_a_bad_flag_is_named(write: Write) -> None:
    assert mistake(port=99_999).startswith("flag: port = 99999")


# What is no setting


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("prot = 80", "prot"),
        ("[limits]\nslot = 3", "limits.slot"),
        ("[limitz]\nslots = 3", "limitz.slots"),
        ("[limitz]", "limitz"),
        ("[limits.slots]\na = 1", "limits.slots"),
        ("limits = 3", "limits"),
        ("[port]\nvalue = 3", "port.value"),
        ("[port]", "port"),
    ],
)
def test_an_unknown_key_of_the_file_is_named(write: Write, text: str, key: str) -> None:
    write(text)

    message = mistake()
    assert message.startswith("processor.toml: ")
    assert key in message


@pytest.mark.parametrize(
    "variable",
    ["PROT", "LIMITS", "LIMITS__SLOT", "LIMITS_SLOTS", "LIMITZ__SLOTS", "", "HOST_FILES"],
)
def test_an_unknown_variable_is_named(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PROCESSOR_{variable}", "1")

    assert f"PROCESSOR_{variable}: " in mistake()


def test_an_unknown_key_is_answered_with_the_known_ones() -> None:
    message = mistake(prot=80)

    assert message.startswith("flag: 'prot' is no setting")
    assert "limits.body_bytes" in message


def test_a_variable_of_somebody_else_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSORS", "4")
    monkeypatch.setenv("MY_PROCESSOR_PORT", "4")

    assert read() == Settings()


# The file itself


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    assert "other.toml is not there" in mistake(tmp_path / "other.toml")


@pytest.mark.parametrize("content", [b"port = ", b"\xff", b"port = 1\nport = 2"])
def test_what_is_not_toml_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "processor.toml").write_bytes(content)

    assert "processor.toml is not TOML" in mistake()


def test_a_folder_in_the_file_s_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "processor.toml").mkdir()

    assert "processor.toml" in mistake()


# What a whole section says


def test_ranges_that_an_operator_may_allow_are_taken(write: Write) -> None:
    write('[egress]\nprivate_ranges = "10.1.0.0/16, fd12::/16"')

    assert read().egress.private_ranges == "10.1.0.0/16, fd12::/16"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('private_ranges = "127.0.0.0/8"', "127.0.0.0/8 is in none of the ranges"),
        ('private_ranges = "169.254.0.0/16"', "169.254.0.0/16 is in none of the ranges"),
        ('private_ranges = "ten"', "'ten' does not appear to be"),
        ('ca_bundle = "nowhere.pem"', "nowhere.pem is no file"),
    ],
)
def test_a_section_that_cannot_be_is_told_with_its_source(
    write: Write, line: str, words: str
) -> None:
    write(f"[egress]\n{line}")

    message = mistake()
    assert message.startswith("processor.toml: egress: ")
    assert words in message
