"""One run, from its payload to one last frame."""

import asyncio
import gc
import inspect
import json
from collections.abc import Coroutine
from typing import Any

from processor.statement import Allowlist, RejectedStatement, compile_statement
from processor.statement.compile import FUNCTION

from .encode import NotAList, NotSerialisable, encode_rows
from .imports import ImportNotAllowed, restricted
from .journal import Journal, Log, capture
from .names import sleep
from .raised import describe, remember_lines
from .wire import FAILED, HEADER, INPUT, RETURNED, encoded, read_frame, write_frame

GRACE_SECONDS = 0.2
"""How long tasks that the statement left behind may take to notice that they are cancelled."""
MOST_FINDINGS = 100
LONGEST_FINDING = 1000
"""Of each text; a hundred findings then fit into a frame."""
LONGEST_TEXT = 8 << 10
"""Of whatever else a failure says, but its traceback."""


class BadInput(Exception):
    """An input is not what a statement may see; the message says which and why."""


def serve(payload: int, frames: int) -> None:
    """Read what to run, run it, and write RETURNED or FAILED."""
    try:
        kind, content = _run(payload, frames)
    except MemoryError:
        gc.collect()
        kind, content = FAILED, _failure("memory_limit", "the statement ran out of memory")
    write_frame(frames, kind, content)


def _run(payload: int, frames: int) -> tuple[bytes, bytes]:
    header = json.loads(read_frame(payload, HEADER))
    journal = Journal(frames)
    streams = capture(journal)
    remember_lines(header["statement"])
    try:
        inputs = {name: _decoded(name, read_frame(payload, INPUT)) for name in header["inputs"]}
        names = {**inputs, "log": Log(journal), "sleep": sleep}
        returned = _call(header, names, journal)
        content, nulled = encode_rows(returned, frozenset(header["nullable"]))
    except MemoryError:
        raise  # told outside, when all that this frame holds is gone
    except BaseException as error:  # also SystemExit, which a statement may raise
        return FAILED, _told(error)
    finally:
        for stream in streams:
            stream.close_line()
    for warning in nulled:
        journal.write("warn", warning, "service")
    return RETURNED, content


def _decoded(name: str, content: bytes) -> Any:
    gc.disable()  # decoding makes no cycles, and collecting costs more than a third of it
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is not JSON in UTF-8: {error}") from None
    finally:
        gc.enable()


def _call(header: dict[str, Any], names: dict[str, Any], journal: Journal) -> Any:
    allowlist = Allowlist(set(header["imports"]))
    code = compile_statement(header["statement"], list(names), allowlist, header["type_hints"])
    scope: dict[str, Any] = {"__builtins__": restricted(allowlist), "__name__": "__main__"}
    exec(code, scope)  # noqa: S102 (this is what the process is for)
    produced = scope[FUNCTION](**names)
    if not inspect.iscoroutine(produced):
        raise NotAList(
            "the statement yields its rows; this release takes a list",
            "collect the rows and end with `return <list>`",
        )
    return _awaited(produced, journal)


def _awaited(statement: Coroutine[Any, Any, Any], journal: Journal) -> Any:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(
        lambda _loop, context: journal.write("warn", context["message"], "warning")
    )
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(statement)
    finally:
        _end_left_behind(loop, journal)


def _end_left_behind(loop: asyncio.AbstractEventLoop, journal: Journal) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=GRACE_SECONDS))
        names = ", ".join(sorted(getattr(task.get_coro(), "__name__", "?") for task in left))
        journal.write("warn", f"not awaited, and cancelled at the end: {names}", "warning")


def _told(error: BaseException) -> bytes:
    match error:
        case RejectedStatement(findings=findings):
            first = findings[0]
            told = {name: getattr(first, name) for name in _PLACE}
            told["findings"] = [
                {name: _cut(getattr(finding, name), LONGEST_FINDING) for name in _FINDING}
                for finding in findings[:MOST_FINDINGS]
            ]
            return _failure(first.code, first.message, hint=first.hint, **told)
        case NotAList():
            return _failure("not_a_list", str(error), hint=error.hint)
        case NotSerialisable():
            return _failure("not_serialisable", str(error), hint=error.hint)
        case BadInput():
            return _failure("input_mismatch", str(error))
        case ImportNotAllowed():
            return _failure("import_not_allowed", **describe(error), hint=error.hint)
        case _:
            return _failure("statement_raised", **describe(error))


_PLACE = ("line", "column", "end_line", "end_column")
_FINDING = ("code", "severity", "message", "hint", *_PLACE)


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
