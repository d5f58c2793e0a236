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
