"""Runners of earlier releases go, and no others."""

import fcntl
import os
from pathlib import Path

import pytest

from processor.runtime.wasm.older import remove_older

SERVING = "wasm-00000000000000aa"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for age, name in enumerate((SERVING, "wasm-0000000000000001", "wasm-0000000000000002")):
        a_runner(tmp_path, name, age)
    return tmp_path


def a_runner(folder: Path, name: str, age: int) -> None:
    (folder / name).mkdir()
    (folder / name / "runner.cwasm").write_bytes(b"code")
    (folder / f"{name}.lock").touch()
    os.utime(folder / name, (10_000 - age, 10_000 - age))


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir() if each.name != "gone"}


def test_the_runner_that_serves_and_the_one_before_it_stay(folder: Path) -> None:
    assert remove_older(folder, SERVING) == 1

    kept = {SERVING, "wasm-0000000000000001"}
    assert names(folder) == kept | {f"{name}.lock" for name in kept}


def test_a_runner_that_serves_stays_however_old_it_is(folder: Path) -> None:
    os.utime(folder / SERVING, (0, 0))

    remove_older(folder, SERVING)

    assert SERVING in names(folder)


def test_what_is_being_built_stays(folder: Path) -> None:
    with (folder / "wasm-0000000000000002.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert remove_older(folder, SERVING) == 0


def test_what_is_no_runner_stays(folder: Path) -> None:
    for name in ("current-0000000000000001", "wasm-mine", "wasm-00000000000000011"):
        (folder / name).mkdir()

    remove_older(folder, SERVING)

    assert {"current-0000000000000001", "wasm-mine", "wasm-00000000000000011"} < names(folder)


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert remove_older(tmp_path / "absent", SERVING) == 0
