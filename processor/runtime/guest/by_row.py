"""Running a statement once a row (rule 19)."""

from copy import deepcopy
from typing import Any

from .calling import Caller
from .encode import Encoder, rows_of
from .raised import describe


class RowFailed(Exception):
    """A statement that runs row by row failed in one row; the cause says how."""

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row}")
        self.row = row


class ByRow:
    """
    Calls a statement with each row alone; all in one process, and the checkpoint is the same.

    `goes_on` lets a row fail, with an entry in the log, and the others have their turn.
    """

    def __init__(self, caller: Caller, encoder: Encoder, *, goes_on: bool) -> None:
        self._caller = caller
        self._encoder = encoder
        self._journal = caller.journal
        self._goes_on = goes_on

    def call(self, names: dict[str, Any]) -> tuple[bytes, list[int | None]]:
        """Give all rows as one JSON array, and how many each row gave; raises RowFailed."""
        parts: list[bytes] = []
        counts: list[int | None] = []
        for number, row in enumerate(names["INPUT_DATA"]):
            try:
                rows = rows_of(self._called(_afresh(names, row)))
                content = self._encoder.encode(rows)
            except MemoryError:
                raise
            except BaseException as error:
                if not self._goes_on:
                    raise RowFailed(number) from error
                self._tell(number, error)
                counts.append(None)
                continue
            counts.append(len(rows))
            if rows:
                parts.append(content[1:-1])
        return b"[" + b",".join(parts) + b"]", counts

    def _called(self, names: dict[str, Any]) -> Any:
        earlier: list[Any] = []
        returned = self._caller.call(names, earlier.extend)
        return [*earlier, *returned] if earlier else returned

    def _tell(self, number: int, error: BaseException) -> None:
        told = describe(error)
        message = f"row {number}: {told['type']}: {told['message']}"
        self._journal.write("error", message, "service", told.get("line"))


def _afresh(names: dict[str, Any], row: Any) -> dict[str, Any]:
    """Give a row's names; the checkpoint is the same for each, whatever a statement does to it."""
    return {**names, "INPUT_DATA": [row], "DATA_CHECKPOINT": deepcopy(names["DATA_CHECKPOINT"])}
