"""The step is at fault; each class says what happened, and its docstring what it means."""

from dataclasses import dataclass
from typing import ClassVar

from processor.values import Json

from .base import ProcessorError


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """
    A range in the author's own text.

    Lines count from 1, columns from 0, in code points.
    """

    line: int
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    source_line: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mismatch:
    """One place where rows and schema differ; `row` counts from 0."""

    row: int | None
    column: str | None
    pointer: str
    expected: str
    actual: str
    message: str


class StepError(ProcessorError):
    """The step is at fault; its run ends `failed`."""

    status: ClassVar[int]
    """The platform's number for this end (design: the wire, `status`)."""
    exit_code: ClassVar[int]
    """What the command line exits with."""
    retryable: bool = False
    """Whether the same run may succeed when it is made again."""

    def __init__(  # noqa: PLR0913 (an error says all it knows; every part but the message is optional)
        self,
        message: str,
        *,
        place: Place | None = None,
        hint: str | None = None,
        type_name: str | None = None,
        traceback: str | None = None,
        mismatches: tuple[Mismatch, ...] = (),
        mismatch_count: int = 0,
        findings: tuple[Json, ...] = (),
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint
        self.type_name = type_name
        self.traceback = traceback
        self.mismatches = mismatches
        self.mismatch_count = mismatch_count
        self.findings = findings
        if retryable is not None:
            self.retryable = retryable


class StatementError(StepError):
    """The author's text, or what it did."""

    status = 300
    exit_code = 11


class SyntaxProblem(StatementError):
    """The statement is not Python that this interpreter can compile."""

    code = "syntax_error"
    exit_code = 10


class TypeHint(StatementError):
    """The statement has a type hint, which its profile refuses."""

    code = "type_hint"
    exit_code = 10


class ImportNotAllowed(StatementError):
    """The statement imports a module that is not listed, or a submodule of a listed one."""

    code = "import_not_allowed"
    exit_code = 10


class UnknownVariable(StatementError):
    """The statement names a local variable that the step does not have."""

    code = "unknown_variable"
    exit_code = 10


class ExceptStar(StatementError):
    """The statement has `except*`, in which its interpreter can crash (CVE-2025-22153)."""

    code = "except_star"
    exit_code = 10


class StatementRaised(StatementError):
    """The statement raised an exception that it did not catch."""

    code = "statement_raised"


class ErrorLogged(StatementError):
    """The statement logged an error, and its step says that this ends the run."""

    code = "error_logged"


class NotAList(StatementError):
    """The statement returned something that is not a list of objects."""

    code = "not_a_list"


class NotSerialisable(StatementError):
    """A returned value has no JSON form."""

    code = "not_serialisable"
    status = 306


class InvalidSchema(StatementError):
    """A schema of the step cannot be used, or lacks the data checkpoint column."""

    code = "invalid_schema"
    exit_code = 10


class OutputMismatch(StepError):
    """Returned rows do not match the output schema."""

    code = "output_mismatch"
    status = 306
    exit_code = 12


class InputMismatch(StepError):
    """Given rows do not match the input schema, or are no rows."""

    code = "input_mismatch"
    status = 307
    exit_code = 15


class LimitExceeded(StepError):
    """The run used more than its limits allow; the message names the limit and its value."""

    exit_code = 17


class WallLimit(LimitExceeded):
    """The run took longer than `limits.wall_seconds`."""

    code = "wall_limit"
    status = 302
    exit_code = 13


class CpuLimit(LimitExceeded):
    """The run used more processor time than `limits.cpu_seconds`."""

    code = "cpu_limit"
    status = 302
    exit_code = 13


class MemoryLimit(LimitExceeded):
    """The run needed more memory than `limits.memory_bytes` above the warm baseline."""

    code = "memory_limit"
    status = 304
    exit_code = 14


class OutputLimit(LimitExceeded):
    """The run returned more than `limits.output_bytes` or `limits.rows`."""

    code = "output_limit"
    status = 306


class Killed(StepError):
    """The run's process ended from outside; running it again may succeed."""

    code = "killed"
    status = 304
    exit_code = 17
    retryable = True


class BadResult(StepError):
    """The run's process ended, or wrote frames, without a result that can be believed."""

    code = "bad_result"
    status = 304
    exit_code = 17


class StaleCheckpoint(StepError):
    """The checkpoint moved since the run read it, so the run's own was not committed."""

    code = "stale_checkpoint"
    status = 306
    exit_code = 17
    retryable = True


class Cancelled(StepError):
    """The run was stopped on request."""

    code = "cancelled"
    status = 303
    exit_code = 16
