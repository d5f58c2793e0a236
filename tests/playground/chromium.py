"""The browser that the tests look with: Debian's own Chromium, brought where it is missing."""

import os
import shutil
import subprocess

import pytest


def chromium() -> str:
    """Give the path of the browser; where this machine cannot have one, the test is skipped."""
    found = shutil.which("chromium")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        _install()
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("there is no Chromium, and it cannot be installed (apt-get install chromium)")
    return found


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(
            ["apt-get", "-qq", *arguments], env=environment, check=True, capture_output=True
        )
