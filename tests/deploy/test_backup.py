"""Saving and restoring the embedded store, as the page of backups says."""

import subprocess
import sys
from pathlib import Path

from processor.checkpoint import Checkpoint
from processor.store import sqlite
from tests.store.build import STEP, a_cycle

SCRIPT = Path(__file__).parents[2] / "scripts/backup.py"


def backup(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=50)


async def checkpoint_in(folder: Path) -> Checkpoint | None:
    async with sqlite.opened(folder) as store:
        return await store.checkpoints.get(STEP)


async def test_what_was_saved_while_a_store_is_open_comes_back_as_it_was_then(
    tmp_path: Path,
) -> None:
    async with sqlite.opened(tmp_path / "data") as store:
        await a_cycle(store.runs, b"1")
        saved = backup("save", tmp_path / "data", tmp_path / "copy.db")
        await a_cycle(store.runs, b"2")
    restored = backup("restore", tmp_path / "copy.db", tmp_path / "restored")

    assert (saved.returncode, restored.returncode) == (0, 0), saved.stderr + restored.stderr
    found = await checkpoint_in(tmp_path / "restored")
    assert found is not None
    assert (found.value, found.version) == (b"1", 1)


async def test_a_restored_step_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path / "data") as store:
        await a_cycle(store.runs, b"1")
    backup("save", tmp_path / "data", tmp_path / "copy.db")
    backup("restore", tmp_path / "copy.db", tmp_path / "restored")

    async with sqlite.opened(tmp_path / "restored") as store:
        run = await a_cycle(store.runs, b"2")

    assert run.checkpoint is not None
    assert (bytes(run.checkpoint.before), run.checkpoint.version) == (b"1", 2)


async def test_nothing_that_is_there_is_restored_over(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path / "data") as store:
        await a_cycle(store.runs, b"1")
    backup("save", tmp_path / "data", tmp_path / "copy.db")

    refused = backup("restore", tmp_path / "copy.db", tmp_path / "data")

    assert refused.returncode == 1
    assert "is there already" in refused.stderr


def test_a_copy_that_is_damaged_gets_no_name(tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"no database, and longer than a header is" * 50)

    refused = backup("restore", tmp_path / "copy.db", tmp_path / "restored")

    assert refused.returncode == 1
    assert not (tmp_path / "restored/processor.db").exists()


def test_a_folder_without_a_store_is_said_to_be_none(tmp_path: Path) -> None:
    assert "has no processor.db" in backup("save", tmp_path, tmp_path / "copy.db").stderr
