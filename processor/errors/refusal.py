"""The request is at fault, or cannot be served now; each class is one kind of problem."""

from dataclasses import dataclass
from typing import ClassVar

from .base import ProcessorError


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
    """The request's shape is wrong; `errors` points at each mistake."""

    code = "invalid_request"
    advice = "`errors` has a JSON pointer to each mistake, and what is expected there."


class TooLarge(Refusal):
    """The request is larger than the service reads."""

    code = "too_large"
    advice = (
        "Send less at once, or compress; the operator's limit is `limits.body_bytes`, the "
        "statement's is the profile's."
    )
    http_status = 413


class UnsupportedMediaType(Refusal):
    """The body is of a media type that the service does not read."""

    code = "unsupported_media_type"
    advice = (
        "Say `Content-Type: application/json`, or send rows as a form with a part for each input."
    )
    http_status = 415


class MissingSchema(Refusal):
    """The profile needs an output schema and the step names none."""

    code = "missing_schema"
    advice = "Give `step.output_schema`: a name of the repository, or a schema."
    http_status = 422


class UnknownSchema(Refusal):
    """No schema of that name is in the repository."""

    code = "unknown_schema"
    advice = "Put the schema under that name first, or write it into the step."
    http_status = 422


class RefusedSchema(Refusal):
    """A schema that was sent to the repository cannot be used."""

    code = "invalid_schema"
    advice = (
        "The message points into the schema. The data checkpoint column must be one of the "
        "output schema's columns."
    )
    http_status = 422


class UndefinedNode(Refusal):
    """A module that was sent to be defined defines no node, or not as a node is defined."""

    code = "invalid_definition"
    advice = (
        "The message names the member. `POST /v1/nodes/definition` tries a definition without a "
        "run; docs/statements/modules.md lists what a node and its pins have."
    )
    http_status = 422


class RefusedRows(Refusal):
    """Rows that were sent are not what their media type says."""

    code = "input_mismatch"
    advice = "Each mismatch has its row. Mend the rows where they come from, or the input schema."
    http_status = 422


class UnknownRun(Refusal):
    """No run has that id."""

    code = "unknown_run"
    advice = "Look at the id; runs are kept where they were made."
    http_status = 404


class NoRows(Refusal):
    """The run has no rows: it failed, or it has not ended yet."""

    code = "no_rows"
    advice = "Look at the run: it failed, or has not ended yet."
    http_status = 409


class UnknownStep(Refusal):
    """Nothing is kept for that step: no run with its id has been made, no checkpoint set."""

    code = "unknown_step"
    advice = "Run the step once, or set its checkpoint."
    http_status = 404


class VersionMoved(Refusal):
    """`If-Match` names a version that is no longer the current one."""

    code = "version_moved"
    advice = "Read the checkpoint again and decide anew from its current version."
    http_status = 412


class KeyReused(Refusal):
    """The Idempotency-Key was used before, with another body."""

    code = "idempotency_key_reused"
    advice = "Take a new key for a new request; repeat a request with its own body."
    http_status = 422


class EnvironmentNotReady(Refusal):
    """The statement environment that the step needs is not built."""

    code = "environment_not_ready"
    advice = (
        "Wait for `Retry-After`, or let the request wait by `Prefer: wait=60`. Where the build "
        "failed, the message has the resolver's words. One that ships is built by `processor "
        "env build`."
    )
    http_status = 503
    retryable = True


class UnknownEnvironment(Refusal):
    """No requirements have that name, so there is nothing to build or to forget."""

    code = "unknown_environment"
    advice = "Put the requirements under that name first: `PUT /v1/environments/NAME`."
    http_status = 404


class UnknownFigure(Refusal):
    """The run has no such figure."""

    code = "unknown_figure"
    advice = "Take the addresses from the run's `figures`."
    http_status = 404


class NotAcceptable(Refusal):
    """The answer has none of the forms that the caller accepts."""

    code = "not_acceptable"
    advice = "Accept one of the forms that the message names."
    http_status = 406


class Draining(Refusal):
    """The service is stopping and takes no more runs."""

    code = "draining"
    advice = "Send the request again, to another process or after `Retry-After`."
    http_status = 503
    retryable = True


class Busy(Refusal):
    """Every slot is taken and the queue is full."""

    code = "busy"
    advice = (
        "Send the request again after `Retry-After`; more `limits.slots` or machines help "
        "where it happens often."
    )
    http_status = 429
    retryable = True
