"""Which input rows came through: each key once, or twice, or never."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from processor.comparison import Key, identity, require_key, shared_key
from processor.values import Json, Row

EXAMPLES: Final = 5
LONGEST: Final = 200
"""Of a key as it is shown, in characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """How many keys, and the first of them as JSON."""

    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """How often each key of the input was emitted, over all cycles."""

    key: Key
    input_rows: int
    keys: int
    once: int
    twice: Told
    """Those that came twice or more often."""
    skipped: Told
    """Those that never came, and whose checkpoint value is not after the last checkpoint: lost."""
    left: Told
    """Those that never came, and may with later runs, or nobody can tell."""
    unknown: int
    """Output rows whose key is none of the input's."""
    repeated_input: int
    """Input rows that have the key of an earlier one."""


class Coverage:
    """Counts keys while cycles go by; one that is not given is found with the first output."""

    def __init__(self, rows: Sequence[Row], key: Key | None, column: str) -> None:
        if key is not None:
            require_key(key, rows)
        self._rows = rows
        self._column = column
        self._key = key
        self._counts: dict[bytes, int] = {}
        self._unknown = 0
        if key is not None:
            self._count_from(key)

    def add(self, rows: Sequence[Row]) -> None:
        """Take the output of one cycle into account."""
        if self._key is None and rows:
            self._key = shared_key(self._rows, rows)
            if self._key is not None:
                self._count_from(self._key)
        if self._key is None:
            return
        for row in rows:
            found = identity(row, self._key)
            if found in self._counts:
                self._counts[found] += 1
            else:
                self._unknown += 1

    def proof(self, checkpoint: Json) -> Proof | None:
        """Give what was proven, with the checkpoint after the last cycle; None without a key."""
        if self._key is None:
            return None
        values = {identity(row, self._key): row.get(self._column) for row in self._rows}
        counts = self._counts
        never = [found for found, count in counts.items() if count == 0]
        skipped = [found for found in never if _is_passed(values[found], checkpoint)]
        lost = set(skipped)
        return Proof(
            key=self._key,
            input_rows=len(self._rows),
            keys=len(counts),
            once=sum(1 for count in counts.values() if count == 1),
            twice=_told(found for found, count in counts.items() if count > 1),
            skipped=_told(skipped),
            left=_told(found for found in never if found not in lost),
            unknown=self._unknown,
            repeated_input=len(self._rows) - len(counts),
        )

    def _count_from(self, key: Key) -> None:
        self._counts = dict.fromkeys((identity(row, key) for row in self._rows), 0)


def _is_passed(value: Json, checkpoint: Json) -> bool:
    """Tell whether a row's value is known not to come after the checkpoint."""
    if isinstance(value, str) and isinstance(checkpoint, str):
        return value <= checkpoint
    if isinstance(value, int | float) and isinstance(checkpoint, int | float):
        return value <= checkpoint
    return False


def _told(keys: Iterable[bytes]) -> Told:
    found = [*keys]
    texts = (each.decode()[1:-1] for each in found[:EXAMPLES])
    shown = (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for text in texts)
    return Told(count=len(found), examples=tuple(shown))
