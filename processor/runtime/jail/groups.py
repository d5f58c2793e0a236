"""Going into the control groups that the host has made for a child."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnControlGroups:
    """
    Counts a child's memory and threads apart, where the host bounds them.

    The descriptors are the host's, open for writing, and may go in through them: the kernel asks
    who opened them. They are closed with all others before anything of an author's runs.
    """

    doors: tuple[int, ...]

    def describe(self) -> str:
        """See Restriction."""
        return "control groups of its own"

    def apply(self) -> None:
        """See Restriction."""
        for door in self.doors:
            os.write(door, b"0")
