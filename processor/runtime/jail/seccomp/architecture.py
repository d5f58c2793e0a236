"""The machines that there is a filter for: how the kernel names them, and numbers their calls."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .numbers import AARCH64, X86_64


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """One machine, little-endian and of 64 bits."""

    name: str
    audit: int
    """What the kernel says with each call; another one where the call came in another ABI."""
    numbers: Mapping[str, int] = field(hash=False, repr=False)
    foreign_from: int | None = None
    """The first number of another ABI that goes by the same name."""


ARCHITECTURES: Final = (
    Architecture(name="x86_64", audit=0xC000_003E, numbers=X86_64, foreign_from=0x4000_0000),  # x32
    Architecture(name="aarch64", audit=0xC000_00B7, numbers=AARCH64),
)


def this_architecture() -> Architecture:
    """Give the machine this runs on; raises OSError where there is no filter for it."""
    machine = os.uname().machine
    for architecture in ARCHITECTURES:
        if architecture.name == machine:
            return architecture
    raise OSError(errno.ENOSYS, f"no table of system calls for {machine}")
