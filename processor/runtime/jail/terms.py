"""What a host asks of a fork."""

from dataclasses import dataclass
from typing import Any

from .seccomp import Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What one child may use, and how far it reaches; crosses the control socket as JSON."""

    memory_bytes: int | None
    """Of address space, above what the warm process has; None where the host sets it later."""
    cpu_seconds: int | None
    """None where the host sets it later."""
    open_files: int
    tmp_bytes: int
    threads: int
    network: Network = Network.NONE
    user: int | None = None
    """Which of the zygote's users it is, from 1 on; None where it has none to give."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "network", Network(self.network))  # a word, as JSON has it

    def told(self) -> dict[str, Any]:
        """Give them as JSON has them. (`asdict` copies everything, for every child.)"""
        return {name: getattr(self, name) for name in self.__slots__}
