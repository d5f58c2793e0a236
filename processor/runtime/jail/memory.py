"""What a child's memory may be used for."""

from dataclasses import dataclass
from typing import Final

from .syscalls import PR_SET_MDWE, prctl

_REFUSE_EXEC_GAIN: Final = 1


@dataclass(frozen=True, slots=True)
class NoNewCode:
    """
    Keeps memory that was written from being executed; wants Linux 6.3.

    An option, not the boundary: compilers at run time and ctypes callbacks do not work under it.
    """

    def describe(self) -> str:
        """See Restriction."""
        return "memory is written or executed, never both"

    def apply(self) -> None:
        """See Restriction."""
        prctl(PR_SET_MDWE, _REFUSE_EXEC_GAIN)
