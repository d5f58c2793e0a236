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
        self.answer: bytes | None = None
        """What a node answered, as JSON, where the run keeps it although it failed."""
        if retryable is not None:
            self.retryable = retryable


class StatementError(StepError):
    """The author's text, or what it did."""

    status = 300
    exit_code = 11


class SyntaxProblem(StatementError):
    """The statement is not Python that this interpreter can compile."""

    code = "syntax_error"
    advice = (
        "Look at the line and the caret: the mistake is there or just before it. `processor "
        "check` finds it without a run."
    )
    exit_code = 10


class TypeHint(StatementError):
    """The statement has a type hint, which its profile refuses."""

    code = "type_hint"
    advice = (
        "Remove the hint; `processor check --fix` does it for all of them. Profile `current` "
        "allows hints."
    )
    exit_code = 10


class ImportNotAllowed(StatementError):
    """The statement imports a module that is not listed, or a submodule of a listed one."""

    code = "import_not_allowed"
    advice = (
        "Import a listed module in a listed spelling: `from xml import etree`, not `import "
        "xml.etree`. Profile `current` lists more."
    )
    exit_code = 10


class UnknownVariable(StatementError):
    """The statement names a local variable that the step does not have."""

    code = "unknown_variable"
    advice = "Spell the name as the integration does, or give the variable to the step."
    exit_code = 10


class ExceptStar(StatementError):
    """The statement has `except*`, in which its interpreter can crash (CVE-2025-22153)."""

    code = "except_star"
    advice = (
        "Use `except` with a tuple of types, or catch the group and look into its `exceptions`."
    )
    exit_code = 10


class StatementRaised(StatementError):
    """The statement raised an exception that it did not catch."""

    code = "statement_raised"
    advice = (
        "Read the traceback: it has the author's lines only. Catch the exception where a row "
        "may be odd, and log it."
    )


class ErrorLogged(StatementError):
    """The statement logged an error, and its step says that this ends the run."""

    code = "error_logged"
    advice = "Log with `log.warn` what does no harm, or set `options.log_error` to `go_on`."


class NotAList(StatementError):
    """The statement returned something that is not a list of objects."""

    code = "not_a_list"
    advice = "End the statement with `return` and a list of objects, one for each row."


class NotSerialisable(StatementError):
    """A returned value has no JSON form."""

    code = "not_serialisable"
    advice = (
        "The message has the path, such as `rows[17].price`. Turn the value into text, a "
        "number, a list or an object."
    )
    status = 306


class InvalidSchema(StatementError):
    """A schema of the step cannot be used, or lacks the data checkpoint column."""

    code = "invalid_schema"
    advice = (
        "The message points into the schema. The data checkpoint column must be one of the "
        "output schema's columns."
    )
    exit_code = 10


class RowsMismatch(StepError):
    """Rows do not match their schema."""

    row_count: int = 0
    """How many rows were held against it."""
    unmatched_rows: int = 0


class OutputMismatch(RowsMismatch):
    """Returned rows do not match the output schema."""

    code = "output_mismatch"
    advice = (
        "Each mismatch has row, column, expected and actual. Mend the statement or the "
        "schema, or choose an `on_mismatch` other than `reject`."
    )
    status = 306
    exit_code = 12


class InputMismatch(RowsMismatch):
    """Given rows do not match the input schema, or are no rows."""

    code = "input_mismatch"
    advice = "Each mismatch has its row. Mend the rows where they come from, or the input schema."
    status = 307
    exit_code = 15


class BranchMissing(StepError):
    """A branch did not arrive before the join's deadline."""

    code = "branch_missing"
    advice = (
        "Look why the branch is late; a longer `join.deadline_seconds` waits for it, "
        "`join.on_deadline` may run without it."
    )
    status = 307
    exit_code = 15


class Killed(StepError):
    """The run's process ended from outside; running it again may succeed."""

    code = "killed"
    advice = (
        "Run it again. Where it happens again, the statement crashes its interpreter, or the "
        "machine runs out of memory."
    )
    status = 304
    exit_code = 17
    retryable = True


class BadResult(StepError):
    """The run's process ended, or wrote frames, without a result that can be believed."""

    code = "bad_result"
    advice = (
        "The statement ended its own process, or wrote where only the service may. Return "
        "rows instead."
    )
    status = 304
    exit_code = 17


class StaleCheckpoint(StepError):
    """The checkpoint moved since the run read it, so the run's own was not committed."""

    code = "stale_checkpoint"
    advice = "Run it again: it starts from the checkpoint that is current now."
    status = 306
    exit_code = 17
    retryable = True


class Cancelled(StepError):
    """The run was stopped on request."""

    code = "cancelled"
    advice = "Nothing: somebody asked for it."
    status = 303
    exit_code = 16
