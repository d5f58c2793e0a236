"""What a statement may use: environments, built ahead of time and chosen by name."""

from .environment import Environment, Environments, EnvironmentSource
from .files import entries, link_tree, remove
from .installed import InstalledEnvironments
from .light import is_light, light
from .tools import Tools
from .wheelhouse import (
    State,
    Wheelhouse,
    build,
    digest_of,
    is_free,
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
    "entries",
    "is_free",
    "is_light",
    "known",
    "light",
    "link_tree",
    "locate",
    "packages",
    "remove",
    "shipped_packages",
    "state",
    "uv_program",
]
