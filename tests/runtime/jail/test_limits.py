"""Limits: the kernel keeps a child to them."""

import mmap
import os
import resource
import signal
from pathlib import Path

import pytest

from processor.runtime.jail.limits import Limited
from processor.values import Json

from .forks import exit_code_of_child, in_child


@pytest.mark.parametrize(
    ("limited", "said"),
    [
        (Limited(resource.RLIMIT_AS, 5), "at most 5 address space"),
        (Limited(resource.RLIMIT_CPU, 5), "at most 5 processor seconds"),
        (Limited(resource.RLIMIT_NOFILE, 5), "at most 5 open files"),
        (Limited(resource.RLIMIT_FSIZE, 5), "at most 5 bytes a file"),
        (Limited(resource.RLIMIT_CORE, 0), "at most 0 bytes of core dump"),
    ],
)
def test_a_limit_says_how_much(limited: Limited, said: str) -> None:
    assert limited.describe() == said


def test_a_limit_binds_soft_and_hard() -> None:
    def limits() -> Json:
        Limited(resource.RLIMIT_FSIZE, 4096).apply()
        return list(resource.getrlimit(resource.RLIMIT_FSIZE))

    assert in_child(limits) == [4096, 4096]


def test_a_limit_is_never_raised() -> None:
    def limits() -> Json:
        Limited(resource.RLIMIT_FSIZE, 4096).apply()
        Limited(resource.RLIMIT_FSIZE, 8192).apply()
        return list(resource.getrlimit(resource.RLIMIT_FSIZE))

    assert in_child(limits) == [4096, 4096]


def test_memory_beyond_the_address_space_is_refused() -> None:
    def allocate() -> Json:
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
        Limited(resource.RLIMIT_AS, in_use + (16 << 20)).apply()
        with mmap.mmap(-1, 4 << 20):
            pass
        with mmap.mmap(-1, 64 << 20):
            return "allocated"

    assert in_child(allocate) == "OSError: [Errno 12] Cannot allocate memory"


def test_processor_time_beyond_its_limit_is_a_signal() -> None:
    def burn() -> None:
        Limited(resource.RLIMIT_CPU, 1).apply()
        while True:
            pass

    # the hard limit is the soft one: some kernels look at it first
    assert exit_code_of_child(burn) in {-signal.SIGXCPU, -signal.SIGKILL}


def test_open_files_beyond_their_limit_are_refused() -> None:
    def opened() -> Json:
        Limited(resource.RLIMIT_NOFILE, 30).apply()
        return [os.dup(0) for _ in range(40)]

    assert in_child(opened) == "OSError: [Errno 24] Too many open files"


def test_a_file_does_not_grow_beyond_its_limit(tmp_path: Path) -> None:
    def grow() -> Json:
        Limited(resource.RLIMIT_FSIZE, 4096).apply()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with (tmp_path / "file").open("wb", 0) as file:
            return [file.write(b"x" * 5000), file.write(b"x")]

    assert in_child(grow) == "OSError: [Errno 27] File too large"
    assert (tmp_path / "file").stat().st_size == 4096
