"""The page's own sources: their tests, their types and their form, checked by their own tools."""

import subprocess

import pytest

from processor.config import CHECKOUT


@pytest.mark.parametrize("command", ["test", "check"])
def test_the_sources_pass_their_own(command: str) -> None:
    done = subprocess.run(
        [CHECKOUT / "scripts/playground", "run", "--silent", command],
        check=False,
        capture_output=True,
        text=True,
        timeout=55,
    )

    assert done.returncode == 0, done.stdout + done.stderr
