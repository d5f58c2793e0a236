"""A service whose disk is full says so, and is ready again once it is not."""

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import served


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that is a disk of its own, of 16 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root makes disks")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        _write_for_ever(file)
    return filler


def _write_for_ever(file: io.RawIOBase) -> None:
    while True:
        file.write(bytes(1 << 16))


def test_a_full_disk_is_not_ready_until_there_is_room(small_disk: Path) -> None:
    with served(small_disk) as service:
        before = service.request("GET", "/readyz")
        filler = fill(small_disk)
        full = service.request("GET", "/readyz")
        alive = service.request("GET", "/livez")
        filler.unlink()
        after = service.request("GET", "/readyz")

    assert (before.status, full.status, after.status) == (200, 503, 200)
    assert full.body["data_folder"] == "No space left on device"
    assert "data_folder" not in after.body
    assert alive.status == 200
