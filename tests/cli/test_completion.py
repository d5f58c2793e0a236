"""What shells complete, and where there are colours."""

import os
import pty
import subprocess
from collections.abc import Mapping

import pytest

from tests.cli.command import Desk
from tests.served import COMMAND


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_what_it_reads(desk: Desk, shell: str) -> None:
    done = desk.call("completion", shell)

    assert done.code == 0
    assert f"_PROCESSOR_COMPLETE={shell}_complete" in done.out


def completed(desk: Desk, words: str, number: int) -> list[str]:
    """Give what bash is offered for the word of that number."""
    environ = {
        **os.environ,
        "_PROCESSOR_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(number),
    }
    done = subprocess.run(
        [COMMAND], env=environ, cwd=desk.folder, capture_output=True, text=True, check=False
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_commands_are_completed(desk: Desk) -> None:
    assert completed(desk, "processor re", 1) == ["replay"]


def test_options_of_a_command_are_completed(desk: Desk) -> None:
    assert completed(desk, "processor diff --by", 2) == ["--by-position"]


def test_what_a_group_has_is_completed(desk: Desk) -> None:
    assert completed(desk, "processor checkpoint hi", 2) == ["history"]


def at_a_terminal(desk: Desk, environ: Mapping[str, str]) -> str:
    """Check a statement with a mistake, and give what a terminal shows of it."""
    desk.write("step.py", "x: int = 1\nreturn []")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "check", "step.py"],
        cwd=desk.folder,
        env={**os.environ, "TERM": "xterm", **environ},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:
        pass  # the terminal's other end is closed: all has been read
    finally:
        process.wait(timeout=30)
        os.close(ours)
    return shown.decode()


def test_a_terminal_shows_carets_in_colour(desk: Desk) -> None:
    assert "\x1b[31m\x1b[1m^^^" in at_a_terminal(desk, {"NO_COLOR": ""})


def test_no_colour_is_shown_to_who_wants_none(desk: Desk) -> None:
    shown = at_a_terminal(desk, {"NO_COLOR": "1"})

    assert "^^^" in shown
    assert "\x1b[" not in shown


def test_a_step_s_folder_is_checked_by_its_own_profile(desk: Desk) -> None:
    (desk.folder / "mine").mkdir()
    desk.write("mine/step.py", "x: int = 1\nreturn []")

    assert desk.call("check", "mine").code == 10
    desk.write("mine/step.json", {"profile": "current"})
    assert desk.call("check", "mine").code == 0
