"""What a run is told: rows, checkpoint, local variables."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, TypeAlias


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Nothing was given, which is not the same as null."""

Absent: TypeAlias = Literal[_Absent.ABSENT]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """
    Inputs as JSON bytes, one well-formed value each.

    The service does not decode what it need not touch, so rows stay as the caller sent them.
    """

    rows: bytes = b"null"
    """INPUT_DATA: a list of objects, or null where the platform sent none."""
    checkpoint: bytes | Absent = field(default=ABSENT)
    """DATA_CHECKPOINT as given (also null); absent: the stored one."""
    secondary: tuple[bytes, ...] = ()
    """INPUT_DATA2, INPUT_DATA3, …; null for a branch that did not run."""
    variables: bytes = b"{}"
    """The local variables: one JSON object."""
    globals: bytes = b"{}"
    """The names that a workflow tells a script: one JSON object."""
    context: bytes = b"{}"
    """What a module's node is run with: one JSON object."""
    secrets: tuple[str, ...] = ()
    """The texts of variables that are sensitive, to be masked in what is told of the run."""
