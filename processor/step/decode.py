"""A request's JSON to an order, with a pointer to what is wrong. The one place that reads it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Literal

import msgspec

from processor.egress import NO_NETWORK, Policy
from processor.errors import Detail, MissingSchema, TooLarge

from .decode_callback import WireCallback, read_callback
from .decode_inputs import MOST_BRANCHES, read_inputs, read_node_inputs, read_script_inputs
from .decode_join import WireJoin, read_join
from .decode_network import WireNetwork, read_network
from .decode_node import Tier, read_node_options, tier_limits
from .decode_queueing import WireQueue, WireRetry, read_queueing
from .inputs import Inputs
from .pointers import decoded, refused
from .profile import Profile
from .requirements import Requirements, read_header, read_requirements
from .runtimes import RuntimeName
from .spec import (
    Limits,
    OnMismatch,
    OnRowError,
    Order,
    Processing,
    ResultRule,
    SchemaName,
    SchemaSource,
    Step,
    StepId,
)

WASM: Final = "wasm"
"""The runtime, and its only environment: the runner, which is no folder of packages."""
LONGEST_STEP_ID: Final = 512
LEAST_OPEN_FILES: Final = 16
_OF_BODIES: Final = ("input_schema", "checkpoint_column", "branches", "join")
_DIGITS: Final = 6
"""Seconds are kept to the microsecond."""


class _Limits(msgspec.Struct, forbid_unknown_fields=True):
    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    output_bytes: int | None = None
    rows: int | None = None
    threads: int | None = None
    open_files: int | None = None
    tmp_bytes: int | None = None


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    on_row_error: OnRowError = "stop"
    log_error: Literal["go_on", "fail"] = "go_on"
    result: ResultRule | None = None
    sensitive: list[str] = []
    permissions: list[str] | None = None
    strict_pins: bool = True
    node_name: str | None = None
    tier: str | Tier | None = None
    fuel: int | None = None


class WireStep(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A step as callers write it."""

    statement: str
    id: str | None = None
    profile: str = "processor"
    processing: Processing = "bulk"
    input_schema: str | dict[str, Any] | None = None
    output_schema: str | dict[str, Any] | None = None
    checkpoint_column: str | None = None
    limits: _Limits = msgspec.field(default_factory=_Limits)
    environment: str | None = None
    branches: list[str] | None = None
    requirements: str | None = None
    setup: str | None = None
    runtime: RuntimeName | None = None
    network: WireNetwork | None = None
    on_mismatch: OnMismatch = "reject"
    options: _Options = msgspec.field(default_factory=_Options)
    join: WireJoin | msgspec.UnsetType = msgspec.UNSET
    callback: WireCallback | None = None
    queue: WireQueue = msgspec.field(default_factory=WireQueue)
    retry: WireRetry = msgspec.field(default_factory=WireRetry)


class WireOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An order as callers write it."""

    step: WireStep
    inputs: dict[str, msgspec.Raw] = {}
    commit: bool = True


def decode_order(body: bytes, profiles: Mapping[str, Profile]) -> Order:
    """Read the body of a request to run a step; raises InvalidRequest, MissingSchema, TooLarge."""
    return as_order(decoded(body, WireOrder), profiles)


def as_order(body: WireOrder, profiles: Mapping[str, Profile]) -> Order:
    """Give the order that a caller has written; raises as `decode_order`."""
    profile = find_profile(body.step.profile, profiles, "/step/profile")
    step = as_step(body.step, profile)
    return Order(step=step, inputs=_inputs(body, step), commit=body.commit)


def _inputs(body: WireOrder, step: Step) -> Inputs:
    sensitive = body.step.options.sensitive
    match step.dialect:
        case "body":
            return read_inputs(body.inputs, step.branches, sensitive)
        case "script":
            return read_script_inputs(body.inputs, sensitive)
        case "module":
            return read_node_inputs(body.inputs)


def find_profile(name: str, profiles: Mapping[str, Profile], pointer: str) -> Profile:
    """Give the profile of that name; raises InvalidRequest that names the pointer."""
    if name not in profiles:
        known = ", ".join(sorted(profiles))
        raise refused(pointer, f"{name!r} is no profile; known are: {known}")
    return profiles[name]


def refuse_too_large(statement: str, profile: Profile, pointer: str) -> None:
    """Raise TooLarge for a statement that is longer than its profile allows."""
    size = len(statement.encode())
    if size > profile.statement_bytes:
        message = f"the statement has {size:,} bytes, {profile.statement_bytes:,} are allowed"
        raise TooLarge(message, details=(Detail(pointer, message),))


def as_step(step: WireStep, profile: Profile) -> Step:
    """Give the step that a caller has written, of a profile; raises as `decode_order`."""
    refuse_too_large(step.statement, profile, "/step/statement")
    refuse_of_other_dialects(step, profile)
    if step.output_schema is None and profile.dialect == "body":
        message = "the profile needs an output schema: a name, or a schema itself"
        raise MissingSchema(message, details=(Detail("/step/output_schema", message),))
    branches = read_branches(step.branches or [])
    options = step.options
    return Step(
        id=step.id if step.id is None else _step_id(step.id),
        profile=profile.name,
        statement=step.statement,
        environment=read_environment(step, profile),
        type_hints=profile.type_hints,
        output_schema=None if step.output_schema is None else _source(step.output_schema),
        input_schema=None if step.input_schema is None else _source(step.input_schema),
        checkpoint_column=step.checkpoint_column,
        limits=_limits(step.limits, tier_limits(options.tier), profile),
        network=read_step_network(step, profile),
        processing=step.processing,
        on_row_error=options.on_row_error,
        on_mismatch=step.on_mismatch,
        fails_on_logged_error=options.log_error == "fail",
        branches=branches,
        dialect=profile.dialect,
        runtime=runtime_of(step, profile),
        setup=step.setup or "",
        result_rule=options.result or "expression_first",
        join=read_join(step.join or WireJoin(), branches),
        queueing=read_queueing(step.queue, step.retry),
        callback_url=read_callback(step.callback),
        node=read_node_options(
            options.permissions, options.strict_pins, options.node_name, options.fuel
        ),
    )


def runtime_of(step: WireStep, profile: Profile) -> RuntimeName:
    """Give what executes the step: the profile's where it says nothing."""
    return step.runtime or profile.runtime


def read_step_network(step: WireStep, profile: Profile) -> Policy:
    """Read what a step may reach; raises InvalidRequest, also where its runtime reaches nothing."""
    policy = read_network(step.network, profile)
    if runtime_of(step, profile) != WASM or profile.dialect == "module":
        return policy
    if step.network is not None and policy.mode != "none":
        message = (
            "in WebAssembly only a module's node has a network, by its SDK: leave it out, or set "
            "`runtime` to `forked`"
        )
        raise refused("/step/network/mode", message)
    return NO_NETWORK


def read_environment(step: WireStep, profile: Profile, above: str = "/step") -> str | Requirements:
    """
    Give the environment that a step names, or the requirements that it has one built from.

    Those of a script may also stand in its own header (PEP 723). Raises InvalidRequest, also where
    the environment is none of the step's runtime.
    """
    text = read_requirements(step.requirements or "", f"{above}/requirements")
    header = read_header(step.statement, f"{above}/statement") if _is_script(profile) else None
    wanted = text if header is None else text.together_with(header)
    if not wanted.wanted and not wanted.python:
        return _named_environment(step, profile, above)
    if step.environment is not None:
        raise refused(f"{above}/environment", "the step has requirements: name no environment too")
    return replace(wanted, runtime=runtime_of(step, profile))


def environment_without_packages(step: WireStep, profile: Profile) -> str:
    """Give the environment that a step has where nothing of its packages is needed."""
    runtime = runtime_of(step, profile)
    return WASM if runtime == WASM else profile.forked_environment or profile.environment


def _named_environment(step: WireStep, profile: Profile, above: str) -> str:
    runtime = runtime_of(step, profile)
    own = profile.environment if runtime == profile.runtime else profile.forked_environment
    chosen = step.environment or (WASM if runtime == WASM else own or profile.environment)
    if (chosen == WASM) != (runtime == WASM):
        message = f"the runtime {runtime!r} does not run in the environment {chosen!r:.80}"
        raise refused(f"{above}/environment", message)
    return chosen


def refuse_of_other_dialects(step: WireStep, profile: Profile) -> None:
    """Refuse members that mean nothing in the profile's dialect, rather than ignore them."""
    if _is_script(profile):
        refuse_too_large(step.setup or "", profile, "/step/setup")
        others = {name: getattr(step, name) for name in _OF_BODIES}
        asked = {
            name: value for name, value in others.items() if value not in (None, [], msgspec.UNSET)
        }
        asked |= {"processing": step.processing} if step.processing != "bulk" else {}
        why = "a node has no such thing: it is told `globals`, and gives a `result`"
    else:
        asked = {"setup": step.setup, "options/result": step.options.result}
        why = "only a node takes it, by its profile"
    for member, value in asked.items():
        if value is not None:
            raise refused(f"/step/{member}", why)


def _is_script(profile: Profile) -> bool:
    return profile.dialect == "script"


def read_branches(names: list[str]) -> tuple[str, ...]:
    """Read the names of the secondary inputs; raises InvalidRequest with a pointer."""
    if len(names) > MOST_BRANCHES:
        raise refused("/step/branches", f"a step has at most {MOST_BRANCHES} secondary inputs")
    for number, name in enumerate(names):
        if not name or name in names[:number]:
            raise refused(f"/step/branches/{number}", "a branch has a name, and one of its own")
    return tuple(names)


def _step_id(text: str) -> StepId:
    return step_id(text, "/step/id")


def step_id(text: str, pointer: str) -> StepId:
    """Read a step's id; raises InvalidRequest that names the pointer."""
    if not 0 < len(text) <= LONGEST_STEP_ID or not text.isprintable():
        raise refused(pointer, f"an id has 1 to {LONGEST_STEP_ID} printable characters")
    return StepId(text)


def _source(schema: str | dict[str, Any]) -> SchemaSource:
    return SchemaName(schema) if isinstance(schema, str) else schema


def _limits(asked: _Limits, tier: Mapping[str, float], profile: Profile) -> Limits:
    defaults, ceilings = profile.defaults.on_the_wire(), profile.ceilings.on_the_wire()
    chosen: dict[str, float] = {}
    for name, default in defaults.items():
        value = getattr(asked, name)
        value = tier.get(name) if value is None else value
        if name == "open_files" and value is not None and value < LEAST_OPEN_FILES:
            message = f"{value:,} is not at least {LEAST_OPEN_FILES}, which the walls need to go up"
            raise refused(f"/step/limits/{name}", message)
        if value is not None and not 0 < round(value, _DIGITS) <= ceilings[name]:
            message = f"{value:,} is not above 0 and at most {ceilings[name]:,}, the ceiling here"
            raise refused(f"/step/limits/{name}", message)
        chosen[name] = default if value is None else value
    if _is_script(profile) and asked.cpu_seconds is None:
        chosen["cpu_seconds"] = min(chosen["wall_seconds"], ceilings["cpu_seconds"])
    wall = timedelta(seconds=chosen.pop("wall_seconds"))
    cpu = timedelta(seconds=chosen.pop("cpu_seconds"))
    return Limits(wall=wall, cpu=cpu, **{name: int(value) for name, value in chosen.items()})
