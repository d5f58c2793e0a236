"""What a statement may use: environments, built ahead of time and chosen by name."""

from .environment import Environment, Environments, EnvironmentSource
from .installed import InstalledEnvironments
from .light import is_light, light
from .tools import Tools
from .wheelhouse import (
    State,
    Wheelhouse,
    build,
    digest_of,
    known,
    locate,
    packages,
    shipped_packages,
    state,
    uv_program,
)

__all__ = [
    "Environment",
    "EnvironmentSource",
    "Environments",
    "InstalledEnvironments",
    "State",
    "Tools",
    "Wheelhouse",
    "build",
    "digest_of",
    "is_light",
    "known",
    "light",
    "locate",
    "packages",
    "shipped_packages",
    "state",
    "uv_program",
]
