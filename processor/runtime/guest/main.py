"""One run, or one check, from its payload to one last frame."""

import asyncio
import gc
import json
import site
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from processor.statement import (
    FILENAME,
    SETUP_FILENAME,
    Allowlist,
    Variables,
    compile_statement,
)
from processor.statement.compile import FUNCTION

from .by_row import ByRow
from .calling import Caller
from .checking import checked
from .encode import Encoder
from .failure import failure, told
from .figures import Figures
from .imports import restricted
from .inputs import read_input
from .journal import Journal, Log, capture
from .names import names_of
from .raised import remember_lines
from .script import run_script
from .wire import (
    COUNTS,
    FAILED,
    FINDINGS,
    HEADER,
    INPUT,
    PART,
    RETURNED,
    ROWS,
    STREAMED,
    Sink,
    Source,
    encoded,
    read_frame,
    write_frame,
)

Ask: TypeAlias = Callable[[str, dict[str, Any]], Any]


class _Ends(NamedTuple):
    """Our ends of what a run is served by."""

    payload: Source
    frames: Sink
    ask: Ask | None
    loop: asyncio.AbstractEventLoop | None


def serve(
    payload: Source,
    frames: Sink,
    ask: Ask | None = None,
    loop: asyncio.AbstractEventLoop | None = None,
) -> None:
    """
    Read what to run, run it, and write RETURNED or FAILED; or check it, and write FINDINGS.

    `ask` is how a node asks the service for what only it can do, where there is a way; `loop` is
    the event loop that was made ahead, if one was.
    """
    try:
        header = json.loads(read_frame(payload, HEADER))
        if header.get("check"):
            kind, content = FINDINGS, checked(header)
        else:
            kind, content = _run(header, _Ends(payload, frames, ask, loop))
    except MemoryError:
        gc.collect()
        kind, content = FAILED, failure("memory_limit", "the statement ran out of memory")
    write_frame(frames, kind, content)


def _run(header: dict[str, Any], ends: _Ends) -> tuple[bytes, bytes]:
    journal = Journal(ends.frames)
    streams = capture(journal)
    figures = Figures(ends.frames, journal)
    encoder = Encoder(frozenset(header["nullable"]))
    remember_lines(header["statement"], FILENAME)
    remember_lines(header["setup"], SETUP_FILENAME)
    try:
        content = _content(header, ends, encoder, journal)
    except MemoryError:
        raise  # told outside, when all that this frame holds is gone
    except BaseException as error:  # also SystemExit, which a statement may raise
        return FAILED, told(error, header["limits"])
    finally:
        figures.capture()
        for stream in streams:
            stream.close_line()
    for warning in encoder.warnings():
        journal.write("warn", warning, "service")
    return RETURNED, content


def _content(header: dict[str, Any], ends: _Ends, encoder: Encoder, journal: Journal) -> bytes:
    """Run the statement as its dialect asks for, and give what it returned."""
    if header["packages"]:
        site.addsitedir(header["packages"])  # what .pth files run, they run behind the walls
    match header["dialect"]:
        case "module":
            return _answer(header, ends, journal)
        case "script":
            return run_script(header, read_frame(ends.payload, INPUT), journal)
        case _:
            names = _names(header, ends.payload, journal)
            caller = Caller(function_of(header, names), journal, ends.loop)
            return _rows(header, names, ends.frames, encoder, caller)


def _names(header: dict[str, Any], payload: Source, journal: Journal) -> dict[str, Any]:
    """Read the inputs, and give all that a statement sees by its name."""
    inputs = {name: read_input(name, read_frame(payload, INPUT)) for name in header["inputs"]}
    return {**names_of(inputs, header["branches"]), "log": Log(journal)}


def _rows(
    header: dict[str, Any], names: dict[str, Any], frames: Sink, encoder: Encoder, caller: Caller
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
    return _all_but_the_last_sent(encoder.parts(returned, streamed), frames)


def _all_but_the_last_sent(parts: Iterator[bytes], frames: Sink) -> bytes:
    last = next(parts)
    for part in parts:
        write_frame(frames, PART, last)
        last = part
    return last


def _answer(header: dict[str, Any], ends: _Ends, journal: Journal) -> bytes:
    """Give what a module's node answers, or what the module defines."""
    from . import module  # nothing that other dialects need

    statement = header["statement"]
    if header["define"]:
        return module.definitions_of(statement, journal)

    def stream(kind: str, data: object) -> None:
        write_frame(ends.frames, STREAMED, encoded({"type": kind, "data": data}))

    context = json.loads(read_frame(ends.payload, INPUT))
    return module.answer_of(statement, context, header["options"], journal, stream, ends.ask)


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
