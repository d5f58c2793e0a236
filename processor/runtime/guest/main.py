"""One run, or one check, from its payload to one last frame."""

import asyncio
import gc
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from processor.statement import Allowlist, Finding, RejectedStatement, Variables, compile_statement
from processor.statement.compile import FUNCTION

from .by_row import ByRow, RowFailed
from .calling import Caller
from .checking import checked
from .encode import Encoder, NotAList, NotSerialisable
from .figures import Figures
from .imports import ImportNotAllowed, restricted
from .inputs import BadInput, read_input
from .journal import Journal, Log, capture
from .limits import limit_behind
from .names import names_of
from .raised import describe, remember_lines
from .wire import (
    COUNTS,
    FAILED,
    FINDINGS,
    HEADER,
    INPUT,
    RETURNED,
    ROWS,
    encoded,
    read_frame,
    write_frame,
)

MOST_FINDINGS = 100
LONGEST_FINDING = 1000
"""Of each text; a hundred findings then fit into a frame."""
LONGEST_EDIT = 200
"""Of a finding's edit, which cannot be cut: one that is longer is left out."""
LONGEST_TEXT = 8 << 10
"""Of whatever else a failure says, but its traceback."""


def serve(payload: int, frames: int, loop: asyncio.AbstractEventLoop | None = None) -> None:
    """
    Read what to run, run it, and write RETURNED or FAILED; or check it, and write FINDINGS.

    `loop` is the event loop that was made ahead, if one was.
    """
    try:
        header = json.loads(read_frame(payload, HEADER))
        if header.get("check"):
            kind, content = FINDINGS, checked(header)
        else:
            loop = loop or asyncio.new_event_loop()
            kind, content = _run(header, payload, frames, loop)
    except MemoryError:
        gc.collect()
        kind, content = FAILED, _failure("memory_limit", "the statement ran out of memory")
    write_frame(frames, kind, content)


def _run(
    header: dict[str, Any], payload: int, frames: int, loop: asyncio.AbstractEventLoop
) -> tuple[bytes, bytes]:
    journal = Journal(frames)
    streams = capture(journal)
    figures = Figures(frames, journal)
    encoder = Encoder(frozenset(header["nullable"]))
    remember_lines(header["statement"])
    try:
        names = _names(header, payload, journal)
        caller = Caller(function_of(header, names), journal, loop)
        content = _content(header, names, frames, encoder, caller)
    except MemoryError:
        raise  # told outside, when all that this frame holds is gone
    except BaseException as error:  # also SystemExit, which a statement may raise
        return FAILED, _told(error, header["limits"])
    finally:
        figures.capture()
        for stream in streams:
            stream.close_line()
    for warning in encoder.warnings():
        journal.write("warn", warning, "service")
    return RETURNED, content


def _names(header: dict[str, Any], payload: int, journal: Journal) -> dict[str, Any]:
    """Read the inputs, and give all that a statement sees by its name."""
    inputs = {name: read_input(name, read_frame(payload, INPUT)) for name in header["inputs"]}
    return {**names_of(inputs, header["branches"]), "log": Log(journal)}


def _content(
    header: dict[str, Any], names: dict[str, Any], frames: int, encoder: Encoder, caller: Caller
) -> bytes:
    """Call the statement as its step asks for, and give its rows, or the last of them."""
    if header["processing"] == "row" and names["INPUT_DATA"] is not None:
        by_row = ByRow(caller, encoder, goes_on=header["on_row_error"] == "continue")
        content, counts = by_row.call(names)
        write_frame(frames, COUNTS, json.dumps(counts).encode())
        return content
    streamed = 0

    def stream(rows: list[Any]) -> None:
        nonlocal streamed
        write_frame(frames, ROWS, encoder.encode(rows, streamed))
        streamed += len(rows)

    returned = caller.call(names, stream)
    return encoder.encode(returned, streamed)


def function_of(header: dict[str, Any], names: dict[str, Any]) -> Callable[..., Any]:
    """Compile the statement to the function that it is the body of."""
    allowlist = Allowlist(set(header["imports"]))
    variables = header["variables"]
    code = compile_statement(
        header["statement"], list(names), allowlist, header["type_hints"], variables
    )
    scope: dict[str, Any] = {
        "__builtins__": restricted(allowlist),
        "__name__": "__main__",
        "LocalVariable": Variables(variables),
    }
    exec(code, scope)  # noqa: S102 (this is what the process is for)
    function: Callable[..., Any] = scope[FUNCTION]
    return function


def _told(error: BaseException, limits: dict[str, int]) -> bytes:
    if isinstance(error, RowFailed) and error.__cause__ is not None:
        cause = json.loads(_told(error.__cause__, limits))
        return encoded({**cause, "message": f"row {error.row}: {cause['message']}"})
    match error:
        case RejectedStatement(findings=findings):
            first = findings[0]
            told = {name: getattr(first, name) for name in _PLACE}
            told["findings"] = [_finding(each) for each in findings[:MOST_FINDINGS]]
            return _failure(first.code, first.message, hint=first.hint, **told)
        case NotAList() | NotSerialisable():
            code = "not_a_list" if isinstance(error, NotAList) else "not_serialisable"
            return _failure(code, str(error), hint=error.hint)
        case BadInput():
            return _failure("input_mismatch", str(error))
        case ImportNotAllowed():
            return _failure("import_not_allowed", **describe(error), hint=error.hint)
        case _:
            hint = limit_behind(error, limits)
            return _failure("statement_raised", **describe(error), hint=hint)


_PLACE = ("line", "column", "end_line", "end_column")
_FINDING = ("code", "severity", "message", "hint", *_PLACE)


def _finding(finding: Finding) -> dict[str, Any]:
    told = {name: _cut(getattr(finding, name), LONGEST_FINDING) for name in _FINDING}
    fits = all(len(edit.text) <= LONGEST_EDIT for edit in finding.edits)
    return {**told, "edits": [asdict(edit) for edit in finding.edits] if fits else []}


def _failure(code: str, message: str, **more: Any) -> bytes:
    told = {"code": code, "message": message, **more}
    return encoded(
        {
            key: value if key == "traceback" else _cut(value, LONGEST_TEXT)
            for key, value in told.items()
            if value is not None
        }
    )


def _cut(value: Any, most: int) -> Any:
    """Shorten a text, and leave alone what is none."""
    return f"{value[:most]}…" if isinstance(value, str) and len(value) > most else value
