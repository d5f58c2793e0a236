"""What every wall is."""

from typing import Protocol


class Restriction(Protocol):
    """One wall: a value that can be shown, and put up around the calling process."""

    def describe(self) -> str:
        """Say in a few words what it keeps out, or down to how much."""

    def apply(self) -> None:
        """Put it up; raises OSError where the kernel will not."""
