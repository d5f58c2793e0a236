"""A request's JSON to an order, with a pointer to what is wrong. The one place that reads it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal

import msgspec

from processor.errors import Detail, InvalidRequest, MissingSchema, TooLarge

from .inputs import ABSENT, Inputs
from .profile import Profile
from .spec import Limits, Order, SchemaName, SchemaSource, Step, StepId

LONGEST_STEP_ID: Final = 512
_DIGITS: Final = 6
"""Seconds are kept to the microsecond."""
_NOTHING: Final = (b"null", b"{}", b"[]")


class _Limits(msgspec.Struct, forbid_unknown_fields=True):
    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    output_bytes: int | None = None
    rows: int | None = None
    threads: int | None = None
    open_files: int | None = None
    tmp_bytes: int | None = None


class _Step(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    statement: str
    id: str | None = None
    profile: str = "processor"
    processing: Literal["bulk", "row"] = "bulk"
    input_schema: str | dict[str, Any] | None = None
    output_schema: str | dict[str, Any] | None = None
    checkpoint_column: str | None = None
    limits: _Limits = msgspec.field(default_factory=_Limits)
    environment: str | None = None
    branches: list[str] | None = None
    requirements: str | None = None
    setup: str | None = None
    runtime: Literal["forked"] | None = None
    network: dict[str, Any] | None = None
    on_mismatch: Literal["reject"] = "reject"
    options: dict[str, Any] | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    step: _Step
    inputs: dict[str, msgspec.Raw] = {}
    commit: bool = True


def decode_order(body: bytes, profiles: Mapping[str, Profile]) -> Order:
    """Read the body of a request to run a step; raises InvalidRequest, MissingSchema, TooLarge."""
    return _order(decoded(body, _Body), profiles)


def decoded(body: bytes, kind: type[Any]) -> Any:
    """Read JSON as a typed value; raises InvalidRequest with a pointer."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _pointed(str(error)) from None
    except msgspec.DecodeError as error:
        raise refused("", f"the body is not JSON in UTF-8: {error}") from None
    except RecursionError:
        raise refused("", "the body is nested too deeply") from None


def _order(body: _Body, profiles: Mapping[str, Profile]) -> Order:
    profile = profiles.get(body.step.profile)
    if profile is None:
        known = ", ".join(sorted(profiles))
        raise refused("/step/profile", f"{body.step.profile!r} is no profile; known are: {known}")
    _refuse_what_is_not_served(body)
    return Order(step=_step(body.step, profile), inputs=_inputs(body.inputs), commit=body.commit)


def refused(pointer: str, message: str) -> InvalidRequest:
    """Give the error that points at one place of a request."""
    words = f"{pointer}: {message}" if pointer else message
    return InvalidRequest(words, details=(Detail(pointer, message),))


def _step(step: _Step, profile: Profile) -> Step:
    size = len(step.statement.encode())
    if size > profile.statement_bytes:
        message = f"the statement has {size:,} bytes, {profile.statement_bytes:,} are allowed"
        raise TooLarge(message, details=(Detail("/step/statement", message),))
    if step.output_schema is None:
        message = "the profile needs an output schema: a name, or a schema itself"
        raise MissingSchema(message, details=(Detail("/step/output_schema", message),))
    return Step(
        id=step.id if step.id is None else _step_id(step.id),
        profile=profile.name,
        statement=step.statement,
        environment=step.environment or profile.environment,
        type_hints=profile.type_hints,
        output_schema=_source(step.output_schema),
        input_schema=None if step.input_schema is None else _source(step.input_schema),
        checkpoint_column=step.checkpoint_column,
        limits=_limits(step.limits, profile),
    )


def _step_id(text: str) -> StepId:
    return step_id(text, "/step/id")


def step_id(text: str, pointer: str) -> StepId:
    """Read a step's id; raises InvalidRequest that names the pointer."""
    if not 0 < len(text) <= LONGEST_STEP_ID or not text.isprintable():
        raise refused(pointer, f"an id has 1 to {LONGEST_STEP_ID} printable characters")
    return StepId(text)


def _source(schema: str | dict[str, Any]) -> SchemaSource:
    return SchemaName(schema) if isinstance(schema, str) else schema


def _limits(asked: _Limits, profile: Profile) -> Limits:
    defaults, ceilings = profile.defaults.on_the_wire(), profile.ceilings.on_the_wire()
    chosen: dict[str, float] = {}
    for name, default in defaults.items():
        value = getattr(asked, name)
        if value is not None and not 0 < round(value, _DIGITS) <= ceilings[name]:
            message = f"{value:,} is not above 0 and at most {ceilings[name]:,}, the ceiling here"
            raise refused(f"/step/limits/{name}", message)
        chosen[name] = default if value is None else value
    wall = timedelta(seconds=chosen.pop("wall_seconds"))
    cpu = timedelta(seconds=chosen.pop("cpu_seconds"))
    return Limits(wall=wall, cpu=cpu, **{name: int(value) for name, value in chosen.items()})


def _inputs(given: dict[str, msgspec.Raw]) -> Inputs:
    rows = bytes(given.get("INPUT_DATA", b"null"))
    if rows[:1] not in (b"[", b"n"):
        raise refused("/inputs/INPUT_DATA", "give a list of objects, or null")
    checkpoint = given.get("DATA_CHECKPOINT")
    return Inputs(rows=rows, checkpoint=ABSENT if checkpoint is None else bytes(checkpoint))


def _refuse_what_is_not_served(body: _Body) -> None:
    """Refuse members that this release knows and does not serve, rather than ignore them."""
    asked = {
        "/step/processing": body.step.processing == "row",
        "/step/branches": bool(body.step.branches),
        "/step/requirements": body.step.requirements is not None,
        "/step/setup": body.step.setup is not None,
        "/step/options": bool(body.step.options),
        "/step/network": body.step.network is not None,
    }
    for name, value in body.inputs.items():
        if name not in _INPUTS:
            nothing = bytes(value).translate(None, b" \t\r\n") in _NOTHING
            asked[f"/inputs/{_token(name)}"] = not (name in _EMPTY_INPUTS and nothing)
    for pointer, present in asked.items():
        if present:
            raise refused(pointer, "this release does not serve it")


_INPUTS: Final = frozenset({"INPUT_DATA", "DATA_CHECKPOINT"})
_EMPTY_INPUTS: Final = frozenset({"variables", "globals", "context"})

_NAMED: Final = (
    (re.compile(r"Object contains unknown field `(?P<name>.*)`"), "it is no member of this object"),
    (re.compile(r"Object missing required field `(?P<name>.*)`"), "it is missing"),
)


def _pointed(message: str) -> InvalidRequest:
    """Turn msgspec's words, which end in a path such as `$.step.limits`, into a pointer."""
    problem, _, path = message.rpartition(" - at `$")
    problem, path = (problem, path.rstrip("`")) if problem else (message, "")
    known, _, _ = path.partition("[...]")  # below it, msgspec does not tell the members' names
    pointer = re.sub(r"\.|\[(\d+)\]", lambda part: "/" + (part[1] or ""), known)
    for pattern, words in _NAMED:
        if named := pattern.fullmatch(problem):
            return refused(f"{pointer}/{_token(named['name'])}", words)
    return refused(pointer, problem)


def _token(name: str) -> str:
    """Write a member's name as a part of a pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
