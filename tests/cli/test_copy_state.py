"""`processor copy-state`."""

from tests.cli.command import Desk


def test_what_was_kept_is_found_in_the_other_store(desk: Desk) -> None:
    other = f"sqlite:{desk.folder / 'other'}"
    assert desk.call("checkpoint", "set", "step", "7").code == 0

    copied = desk.call("copy-state", "sqlite:", other)
    (desk.folder / "processor.toml").write_text(f'store = "{other}"\n')
    shown = desk.call("checkpoint", "show", "step")

    assert copied.code == 0, copied
    assert copied.out.startswith("copied ")
    assert shown.out == "7  (version 1)\n"


def test_a_store_that_is_not_empty_is_refused(desk: Desk) -> None:
    other = f"sqlite:{desk.folder / 'other'}"
    desk.call("checkpoint", "set", "step", "7")
    desk.call("copy-state", "sqlite:", other)

    again = desk.call("copy-state", "sqlite:", other)

    assert again.code == 20
    assert "not empty" in again.err
