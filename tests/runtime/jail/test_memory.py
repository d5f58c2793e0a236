"""What a child's memory may be used for."""

import mmap

from processor.runtime.jail.memory import NoNewCode
from processor.values import Json

from .forks import in_child
from .jails import machine, reason_of, unable

EXECUTABLE = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC


def allocate() -> None:
    mmap.mmap(-1, 4096, prot=EXECUTABLE).close()


def test_it_says_what_it_keeps_out() -> None:
    assert NoNewCode().describe() == "memory is written or executed, never both"


def test_memory_is_not_written_and_executed() -> None:
    if machine().no_new_code:
        unable(machine().no_new_code)

    def allocated() -> Json:
        before = reason_of(allocate)
        NoNewCode().apply()
        return [before, reason_of(allocate)]

    assert in_child(allocated) == ["done", "Permission denied"]
