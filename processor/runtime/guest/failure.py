"""Why there is no result, as the content of a FAILED frame."""

import json
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from processor.statement import IN_SETUP, Finding, RejectedStatement

from .by_row import RowFailed
from .encode import NotAList, NotSerialisable
from .hints import hint_of
from .imports import ImportNotAllowed
from .inputs import BadInput
from .limits import limit_behind
from .raised import describe
from .script import SetupFailed
from .wire import encoded
from .wrong import Wrong

MOST_FINDINGS = 100
LONGEST_FINDING = 1000
"""Of each text; a hundred findings then fit into a frame."""
LONGEST_EDIT = 200
"""Of a finding's edit, which cannot be cut: one that is longer is left out."""
LONGEST_TEXT = 8 << 10
"""Of whatever else a failure says, but its traceback."""

_PLACE = ("line", "column", "end_line", "end_column")
_FINDING = ("code", "severity", "message", "hint", *_PLACE)


def told(error: BaseException, limits: Mapping[str, int]) -> bytes:
    """Tell an exception that ended a run, whoever raised it, and the limit that is behind it."""
    match error:
        case RowFailed(row=row, __cause__=BaseException() as cause):
            return _before(f"row {row}: ", cause, limits)
        case SetupFailed(__cause__=BaseException() as cause):
            return _before(IN_SETUP, cause, limits)
        case RejectedStatement():
            return _rejected(error)
        case NotAList() | NotSerialisable():
            code = "not_a_list" if isinstance(error, NotAList) else "not_serialisable"
            return failure(code, str(error), hint=error.hint)
        case BadInput() | Wrong():
            return _wrong(error)
        case _:
            return _raised(error, limits)


def failure(code: str, message: str, **more: Any) -> bytes:
    """Give the content of a FAILED frame; what is None is left out."""
    told = {"code": code, "message": message, **more}
    return encoded(
        {
            key: value if key == "traceback" else _cut(value, LONGEST_TEXT)
            for key, value in told.items()
            if value is not None
        }
    )


def _raised(error: BaseException, limits: Mapping[str, int]) -> bytes:
    if isinstance(error, ImportNotAllowed):
        return failure("import_not_allowed", **describe(error), hint=error.hint)
    told = describe(error)
    met = limit_behind(error, limits)
    if met is None:
        return failure("statement_raised", **told, hint=hint_of(error))
    message = f"{met.message}: {told['message']}"
    return failure(met.code, **{**told, "message": message}, hint=met.hint)


def _wrong(error: BadInput | Wrong) -> bytes:
    if isinstance(error, BadInput):
        return failure("input_mismatch", str(error))
    more = {} if error.__cause__ is None else describe(error.__cause__)
    return failure(error.code, **{**more, "message": str(error)})


def _before(prefix: str, cause: BaseException, limits: Mapping[str, int]) -> bytes:
    inner = json.loads(told(cause, limits))
    return encoded({**inner, "message": prefix + inner["message"]})


def _rejected(error: RejectedStatement) -> bytes:
    first = error.findings[0]
    more: dict[str, Any] = {name: getattr(first, name) for name in _PLACE}
    more["in_setup"] = first.message.startswith(IN_SETUP) or None
    more["findings"] = [_finding(each) for each in error.findings[:MOST_FINDINGS]]
    if isinstance(error.__cause__, SyntaxError):
        more["type"] = type(error.__cause__).__name__
        more["traceback"] = "".join(traceback.format_exception_only(error.__cause__))
    return failure(first.code, first.message, hint=first.hint, **more)


def _finding(finding: Finding) -> dict[str, Any]:
    told = {name: _cut(getattr(finding, name), LONGEST_FINDING) for name in _FINDING}
    fits = all(len(edit.text) <= LONGEST_EDIT for edit in finding.edits)
    return {**told, "edits": [asdict(edit) for edit in finding.edits] if fits else []}


def _cut(value: Any, most: int) -> Any:
    """Shorten a text, and leave alone what is none."""
    return f"{value[:most]}…" if isinstance(value, str) and len(value) > most else value
