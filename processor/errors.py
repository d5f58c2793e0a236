"""
Everything that can go wrong, as types.

    ProcessorError
     ├─ StepError                   the step is at fault: the run ends `failed`
     │   ├─ StatementError          the author's text or what it did
     │   │   ├─ SyntaxProblem, TypeHint, ImportNotAllowed, UnknownVariable
     │   │   ├─ StatementRaised, NotAList, NotSerialisable
     │   │   └─ InvalidSchema
     │   ├─ OutputMismatch, InputMismatch
     │   ├─ LimitExceeded           WallLimit, CpuLimit, MemoryLimit, OutputLimit
     │   ├─ Killed, BadResult       the runtime ended without a usable result
     │   ├─ StaleCheckpoint         the checkpoint moved under the run
     │   └─ Cancelled
     ├─ Refusal                     the request is at fault: answered as a problem
     │   ├─ InvalidRequest, TooLarge, UnsupportedMediaType
     │   ├─ MissingSchema, UnknownSchema, RefusedSchema
     │   ├─ UnknownRun, UnknownStep
     │   ├─ VersionMoved, KeyReused
     │   └─ EnvironmentNotReady, Busy
     └─ ProcessorFault              we are at fault: logged with its trace

A StepError carries the platform's own status number and the command line's exit code
(design: `docs/statements/errors.md`), so that both are decided in one place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from processor.values import Json


class ProcessorError(Exception):
    """Anything that this project raises on purpose."""

    code: ClassVar[str]
    """Stable, documented name of what happened."""


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


class StatementRaised(StatementError):
    """The statement raised an exception that it did not catch."""

    code = "statement_raised"


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


@dataclass(frozen=True, slots=True)
class Detail:
    """One mistake in a request: a JSON pointer (RFC 6901) and what is wrong there."""

    pointer: str
    message: str


class Refusal(ProcessorError):
    """The request is at fault, or cannot be served now; answered as a problem (RFC 9457)."""

    http_status: ClassVar[int] = 400
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, *, details: tuple[Detail, ...] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.retry_after = retry_after


class InvalidRequest(Refusal):
    """The request's shape is wrong; `details` point at each mistake."""

    code = "invalid_request"


class TooLarge(Refusal):
    """The request is larger than the service reads."""

    code = "too_large"
    http_status = 413


class UnsupportedMediaType(Refusal):
    """The body is of a media type that the service does not read."""

    code = "unsupported_media_type"
    http_status = 415


class MissingSchema(Refusal):
    """The profile needs an output schema and the step names none."""

    code = "missing_schema"
    http_status = 422


class UnknownSchema(Refusal):
    """No schema of that name is in the repository."""

    code = "unknown_schema"
    http_status = 422


class RefusedSchema(Refusal):
    """A schema that was sent to the repository cannot be used."""

    code = "invalid_schema"
    http_status = 422


class UnknownRun(Refusal):
    """No run has that id."""

    code = "unknown_run"
    http_status = 404


class UnknownStep(Refusal):
    """Nothing is kept for that step: no run with its id has been made, no checkpoint set."""

    code = "unknown_step"
    http_status = 404


class VersionMoved(Refusal):
    """`If-Match` names a version that is no longer the current one."""

    code = "version_moved"
    http_status = 412


class KeyReused(Refusal):
    """The Idempotency-Key was used before, with another body."""

    code = "idempotency_key_reused"
    http_status = 422


class EnvironmentNotReady(Refusal):
    """The statement environment that the step needs is not built."""

    code = "environment_not_ready"
    http_status = 503
    retryable = True


class Busy(Refusal):
    """Every slot is taken and the queue is full."""

    code = "busy"
    http_status = 429
    retryable = True


class ProcessorFault(ProcessorError):
    """We are at fault: not the step, not the request."""

    code = "internal_error"


def concrete(base: type[ProcessorError]) -> Iterator[type[ProcessorError]]:
    """Give every error below `base` that has a code of its own, in the order of this file."""
    for child in base.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from concrete(child)
