"""A profile: a named template of environment, limits and policies of one product."""

from dataclasses import dataclass

from .spec import Limits, TypeHints


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What a step gets where it says nothing, and how much more it may ask for."""

    name: str
    environment: str
    type_hints: TypeHints
    defaults: Limits
    ceilings: Limits
    statement_bytes: int
