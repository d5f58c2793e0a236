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

    @property
    def headers(self) -> dict[str, str]:
        """What the answer's head says of it."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class InvalidRequest(Refusal):
    """The request's shape is wrong; `errors` points at each mistake."""

    code = "invalid_request"
    advice = "`errors` has a JSON pointer to each mistake, and what is expected there."


class UnknownAddress(Refusal):
    """There is nothing at that path."""

    code = "not_found"
    advice = "Look at `/docs` or `/openapi.json`; a step's id in a path is percent-encoded."
    http_status = 404


class UnknownMethod(Refusal):
    """The path does not take that method."""

    code = "method_not_allowed"
    advice = "Take a method that the `Allow` header names."
    http_status = 405


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


class Misdirected(Refusal):
    """The request is sent to a name that is not the service's."""

    code = "misdirected"
    advice = "Send to the service's address or to localhost, or let it ask who calls."
    http_status = 421


class SlowRequest(Refusal):
    """The request's body stopped coming."""

    code = "slow_request"
    advice = "Send the body without long pauses; nothing of it was done."
    http_status = 408
    retryable = True


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
    """Nothing is kept for that step: it is not stored, or has no checkpoint."""

    code = "unknown_step"
    advice = "Store the step, run it once, or set its checkpoint."
    http_status = 404


class UnknownBranch(Refusal):
    """The step waits for no branch of that name."""

    code = "unknown_branch"
    advice = "Take `INPUT_DATA` for the primary input, or a name of the step's `branches`."
    http_status = 404


class UnknownJoin(Refusal):
    """No branch has arrived for that step under that key."""

    code = "unknown_join"
    advice = "Deliver a branch first; joins that are over are forgotten after `retention_days`."
    http_status = 404


class UnknownSchedule(Refusal):
    """No schedule has that id."""

    code = "unknown_schedule"
    advice = "Look at `GET /v1/schedules`."
    http_status = 404


class DeliveryConflict(Refusal):
    """The branch has arrived under this delivery before, with other rows."""

    code = "delivery_conflict"
    advice = "Send other rows under a `delivery_id` of their own."
    http_status = 409


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


class NotDead(Refusal):
    """The run is no dead letter: it did not fail, was never deferred, or was redriven before."""

    code = "not_dead"
    advice = "Take runs from `GET /v1/runs?dead_letter=true`; run others with their inputs again."
    http_status = 409


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
    """Too much is under way or waiting: of the step, of the tenant, or of the service."""

    code = "busy"
    advice = (
        "Send the request again after `Retry-After`; more `limits.slots` or machines help "
        "where it happens often, and `queue.coalesce` where a step is asked for too often."
    )
    http_status = 429
    retryable = True
