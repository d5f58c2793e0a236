"""`processor keys`: made, listed, shown, revoked, rotated."""

from pathlib import Path

import pytest

from tests.cli.command import Desk, Done


def made(desk: Desk, *words: str) -> tuple[str, str]:
    """Make a key and give its text and its id."""
    done = desk.call("keys", "create", "--name", "a platform", *words)
    assert done.code == 0, done
    text = done.out.strip()
    return text, text.split("_")[1]


def listed(desk: Desk) -> list[list[str]]:
    return [line.split("  ") for line in desk.call("keys", "list").out.splitlines()]


def test_a_new_key_is_all_that_standard_output_has(desk: Desk) -> None:
    done = desk.call("keys", "create", "--name", "a platform")

    assert (done.code, done.out.count("\n"), done.out[:4]) == (0, 1, "prc_")
    assert "this once" in done.err


def test_the_secret_is_nowhere_in_the_data_folder(desk: Desk) -> None:
    text, _ = made(desk)

    files = [file for file in Path(desk.folder).rglob("*") if file.is_file()]
    assert files
    assert not any(text.split("_")[2].encode() in file.read_bytes() for file in files)


def test_keys_are_listed(desk: Desk) -> None:
    _, first = made(desk)
    _, second = made(desk, "--tenant", "acme", "--scopes", "admin", "--expires", "0s")

    assert listed(desk) == [
        [first, "default", "usable", "check,checkpoint:read,run", "never", "a platform"],
        [second, "acme", "expired", "admin", "never", "a platform"],
    ]


def test_a_key_is_shown(desk: Desk) -> None:
    _, key_id = made(desk, "--tenant", "acme", "--expires", "90d")

    lines = desk.call("keys", "show", key_id).out.splitlines()

    told = {line[:10].strip(): line[11:] for line in lines}
    assert (told["id"], told["tenant"], told["state"]) == (key_id, "acme", "usable")
    assert told["revoked"] == told["last used"] == "never"
    assert told["expires"] != "never"


def test_a_revoked_key_is_listed_as_such(desk: Desk) -> None:
    _, key_id = made(desk)

    assert desk.call("keys", "revoke", key_id).code == 0

    assert [line[2] for line in listed(desk)] == ["revoked"]


def test_a_rotated_key_is_followed_by_another(desk: Desk) -> None:
    text, key_id = made(desk, "--tenant", "acme")

    done = desk.call("keys", "rotate", key_id, "--overlap", "0s")

    assert done.out.startswith("prc_")
    assert done.out.strip() != text
    assert [line[1:3] for line in listed(desk)] == [["acme", "expired"], ["acme", "usable"]]


@pytest.mark.parametrize("words", [["show", "x"], ["revoke", "x"], ["rotate", "x"]])
def test_a_key_that_is_not_there_is_told(desk: Desk, words: list[str]) -> None:
    done = desk.call("keys", *words)

    assert (done.code, done.out) == (2, "")
    assert "no usable key has the id 'x'" in done.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--scopes", "all"], "'all' is no scope"),
        (["--tenant", "a b"], "a tenant's name"),
        (["--expires", "soon"], "no span of time"),
        (["--name", ""], "a name has 1 to 100"),
    ],
)
def test_what_is_no_key_is_not_made(desk: Desk, words: list[str], reason: str) -> None:
    done: Done = desk.call("keys", "create", "--name", "a platform", *words)

    assert done.code == 2
    assert reason in " ".join(done.err.split())
