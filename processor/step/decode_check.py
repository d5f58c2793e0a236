"""A request's JSON to an order to check a statement, with a pointer to what is wrong."""

from collections.abc import Mapping

import msgspec

from .decode import (
    WASM,
    WireStep,
    environment_without_packages,
    find_profile,
    read_branches,
    read_environment,
    read_step_network,
    refuse_of_other_dialects,
    refuse_too_large,
    runtime_of,
)
from .pointers import decoded, refused
from .profile import Profile
from .requirements import Requirements
from .spec import CheckOrder


class _Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    step: WireStep | None = None
    statement: str | None = None
    profile: str | None = None
    variables: dict[str, msgspec.Raw] | None = None


def decode_check(body: bytes, profiles: Mapping[str, Profile]) -> CheckOrder:
    """
    Read the body of a request to check a statement; raises InvalidRequest, TooLarge.

    A step is given as for a run, or its statement alone. Of local variables the names matter only;
    they are no part of a step, so that without them no name of one is judged.
    """
    read: _Body = decoded(body, _Body)
    step = _step(read)
    above = "/step" if read.step else ""
    profile = find_profile(step.profile, profiles, f"{above}/profile")
    read_step_network(step, profile)
    refuse_too_large(step.statement, profile, f"{above}/statement")
    refuse_of_other_dialects(step, profile)
    return CheckOrder(
        statement=step.statement,
        environment=_environment(step, profile, above),
        type_hints=profile.type_hints,
        variables=None if read.variables is None else frozenset(read.variables),
        branches=read_branches(step.branches or []),
        dialect=profile.dialect,
        runtime=runtime_of(step, profile),
        setup=step.setup or "",
    )


def _environment(step: WireStep, profile: Profile, above: str) -> str | Requirements:
    """Give what a check needs: only a body is held against packages, and waits for them."""
    environment = read_environment(step, profile, above)
    any_will_do = profile.dialect != "body" and environment != WASM
    return environment_without_packages(step, profile) if any_will_do else environment


def _step(read: _Body) -> WireStep:
    match read:
        case _Body(step=WireStep() as step, statement=None, profile=None):
            return step
        case _Body(step=None, statement=str(statement), profile=None):
            return WireStep(statement=statement)
        case _Body(step=None, statement=str(statement), profile=str(profile)):
            return WireStep(statement=statement, profile=profile)
        case _:
            raise refused("", "give `step`, or `statement` and perhaps `profile`")
