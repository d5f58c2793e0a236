"""What is not let through, and what is not to be had."""

from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["request", "policy", "address", "budget", "unreachable"]
"""Few and fixed, so that they can be counted by."""

STATUSES: Final[dict[Kind, int]] = {
    "request": 400,
    "policy": 403,
    "address": 403,
    "budget": 429,
    "unreachable": 502,
}


class Refused(Exception):
    """A connection is not made, or ended; the message is one line, and an author's to read."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status by which the statement's client learns of it."""
        return STATUSES[self.kind]
