"""A FAILED frame, which a statement may forge, to what is believed of it."""

import re
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from processor.errors import (
    ExceptStar,
    FileLimit,
    ImportNotAllowed,
    InputMismatch,
    InvalidDefinition,
    NodeError,
    NotAList,
    NotSerialisable,
    Place,
    StatementRaised,
    StepError,
    SyntaxProblem,
    ThreadLimit,
    TmpLimit,
    TypeHint,
    UnknownPin,
    UnknownVariable,
)
from processor.runtime.contract import Exceeded, Refused
from processor.values import Json

MOST_FINDINGS: Final = 100

# What a child may say of itself: what it did, and which of its own limits it met.
_CLAIMABLE: Final[dict[str, type[StepError]]] = {
    error.code: error
    for error in (
        ExceptStar,
        FileLimit,
        ImportNotAllowed,
        InputMismatch,
        InvalidDefinition,
        NodeError,
        NotAList,
        NotSerialisable,
        StatementRaised,
        SyntaxProblem,
        ThreadLimit,
        TmpLimit,
        TypeHint,
        UnknownPin,
        UnknownVariable,
    )
}


Line: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]
Column: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]
Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=1001)]


class _Edit(msgspec.Struct, forbid_unknown_fields=True):
    line: Line
    column: Column
    end_line: Line
    end_column: Column
    text: Text


ToldEdits: TypeAlias = Annotated[list[_Edit], msgspec.Meta(max_length=8)]
"""What a child says would mend one finding."""


class _Finding(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    severity: Literal["error", "warning"]
    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    hint: str | None = None
    edits: ToldEdits = []


class _Failure(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    message: str
    type: str | None = None
    hint: str | None = None
    traceback: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    in_setup: bool = False
    """Whether its place is one of the setup script."""
    findings: list[_Finding] = []


def read_failure(content: bytes, statement: str, setup: str = "") -> Refused | Exceeded:
    """Read a FAILED frame; raises msgspec's errors where it is not one."""
    failure = msgspec.json.decode(content, type=_Failure)
    if failure.code == "memory_limit":
        return Exceeded(limit="memory_bytes")
    kind = _CLAIMABLE.get(failure.code)
    if kind is None:
        raise msgspec.ValidationError(f"a statement cannot fail with {failure.code!r}")
    findings: list[Json] = msgspec.to_builtins(failure.findings[:MOST_FINDINGS])
    return Refused(
        error=kind(
            failure.message,
            place=_place(failure, setup if failure.in_setup else statement),
            hint=failure.hint,
            type_name=failure.type,
            traceback=failure.traceback,
            findings=tuple(findings),
        )
    )


def _place(failure: _Failure, text: str) -> Place | None:
    if failure.line is None:
        return None
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    inside = 1 <= failure.line <= len(lines)
    return Place(
        line=failure.line,
        column=failure.column,
        end_line=failure.end_line,
        end_column=failure.end_column,
        source_line=lines[failure.line - 1] if inside else None,
    )
