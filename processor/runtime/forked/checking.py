"""What host and child say to each other in one check: a statement goes there, findings come."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

import msgspec

from processor.runtime.contract import Assignment, Died, Draft, Exceeded, Report, Returned
from processor.runtime.guest import wire
from processor.statement import Edit, Finding
from processor.step import Limits

from .child import Child
from .conversation import BadFrame, Conversation
from .failure import Column, Line, Text, ToldEdits, read_failure

LIMITS: Final = Limits(
    wall=timedelta(seconds=5),
    cpu=timedelta(seconds=5),
    memory_bytes=512 << 20,
    output_bytes=1,  # a check has no output: one frame of findings, as large as any other
    rows=1,
    threads=1,
    open_files=16,
    tmp_bytes=1 << 20,
)
MOST_FINDINGS: Final = 1001
"""The guest's budget and the finding that says that it is spent."""


class _Finding(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,40}$")]
    severity: Literal["error", "warning"]
    message: Text
    line: Line
    column: Column
    end_line: Line
    end_column: Column
    hint: Text | None
    edits: ToldEdits


class _Findings(msgspec.Struct, forbid_unknown_fields=True):
    findings: Annotated[list[_Finding], msgspec.Meta(max_length=MOST_FINDINGS)]


class Check(Conversation):
    """One check's frames, both ways."""

    def __init__(self, child: Child, draft: Draft) -> None:
        assignment = Assignment(
            statement=draft.statement,
            inputs={},
            nullable=frozenset(),
            environment=draft.environment,
            limits=LIMITS,
        )
        super().__init__(child, assignment, _no_rows)
        self._draft = draft

    async def findings(self) -> tuple[Finding, ...] | Exceeded | Died:
        """Send the statement, and give what the child finds in it, or how it ended."""
        match await self.report():
            case Returned(content=content):
                return _read(content)
            case Exceeded() | Died() as end:
                return end
            case other:
                return _bad(f"a check ended with {type(other).__name__}")

    def _header(self) -> dict[str, Any]:
        draft = self._draft
        secondary = (f"INPUT_DATA{number + 2}" for number in range(len(draft.branches)))
        return {
            "check": True,
            "statement": draft.statement,
            "inputs": ["INPUT_DATA", "DATA_CHECKPOINT", *secondary],
            "imports": sorted(draft.environment.allowed_imports),
            "type_hints": draft.type_hints,
            "variables": None if draft.variables is None else sorted(draft.variables),
            "branches": draft.branches,
            "dialect": draft.dialect,
            "setup": draft.setup,
        }

    async def _hear(self) -> Report:
        kind, content = await self._read()
        match kind:
            case wire.FINDINGS:
                return Returned(content=content)
            case wire.FAILED:
                return read_failure(content, "")
            case _:
                raise BadFrame(f"{kind!r} is no kind of frame in a check")


async def _no_rows(_content: bytes) -> None:
    raise BadFrame("a check has no rows")


def _read(content: bytes) -> tuple[Finding, ...] | Died:
    try:
        told = msgspec.json.decode(content, type=_Findings)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return _bad(str(error))
    return tuple(_believed(finding) for finding in told.findings)


def _believed(told: _Finding) -> Finding:
    members = {name: getattr(told, name) for name in told.__struct_fields__}
    edits = (msgspec.structs.asdict(edit) for edit in told.edits)
    return Finding(**{**members, "edits": tuple(Edit(**edit) for edit in edits)})


def _bad(error: str) -> Died:
    reason = f"the process of a check wrote no valid frame: {error}"
    return Died(reason=reason, killed=False, retryable=False)
