"""A request's JSON to an order to tell what a module defines, with a pointer to what is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import msgspec

from .decode import find_profile, refuse_too_large
from .decode_package import read_package
from .pointers import decoded, refused
from .profile import Profile
from .requirements import read_requirements
from .spec import DefinitionOrder

LONGEST: Final = timedelta(seconds=10)
"""How long a module may take to tell what it defines."""


class _Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    statement: str
    requirements: str | None = None
    manifest: str | None = None
    profile: str = "wasm-node"


def decode_definition(body: bytes, profiles: Mapping[str, Profile]) -> DefinitionOrder:
    """Read the body of a request for a module's definitions; raises InvalidRequest, TooLarge."""
    read: _Body = decoded(body, _Body)
    requirements = read_requirements(read.requirements or "", "/requirements")
    profile = find_profile(read.profile, profiles, "/profile")
    if profile.dialect != "module":
        raise refused("/profile", f"statements of profile {profile.name!r} define no nodes")
    refuse_too_large(read.statement, profile, "/statement")
    limits = replace(profile.defaults, wall=LONGEST, cpu=LONGEST)
    baked = replace(requirements, runtime=profile.runtime)
    environment = baked if requirements.wanted else profile.environment
    return DefinitionOrder(
        statement=read.statement,
        environment=environment,
        limits=limits,
        package=None if read.manifest is None else read_package(read.manifest),
    )
