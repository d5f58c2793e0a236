"""The fixture of every test that calls the command."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli.command import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Stand in an empty folder, in an environment that sets the data folder only."""
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.startswith("PROCESSOR_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("PROCESSOR_DATA_DIR", str(tmp_path / "data"))
    yield Desk(folder=tmp_path)
    structlog.reset_defaults()  # a command writes its log to the standard error of its own time
