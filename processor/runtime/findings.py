"""The frame of a check, which a statement may forge, to the findings that are believed of it."""

from datetime import timedelta
from typing import Annotated, Final, Literal

import msgspec

from processor.runtime.contract import Died
from processor.statement import Edit, Finding
from processor.step import Limits

from .failure import Column, Line, Text, ToldEdits

CHECK_LIMITS: Final = Limits(
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


def read_findings(content: bytes) -> tuple[Finding, ...] | Died:
    """Read the findings of a check, which may be forged."""
    try:
        told = msgspec.json.decode(content, type=_Findings)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        reason = f"the process of a check wrote no valid frame: {error}"
        return Died(reason=reason, killed=False, retryable=False)
    return tuple(_believed(finding) for finding in told.findings)


def _believed(told: _Finding) -> Finding:
    members = {name: getattr(told, name) for name in told.__struct_fields__}
    edits = (msgspec.structs.asdict(edit) for edit in told.edits)
    return Finding(**{**members, "edits": tuple(Edit(**edit) for edit in edits)})
