"""What a statement may use: environments, built ahead of time and chosen by name."""

from .environment import Environment, Environments, EnvironmentSource
from .installed import InstalledEnvironments
from .wheelhouse import State, build, known, locate, packages, shipped_packages, state

__all__ = [
    "Environment",
    "EnvironmentSource",
    "Environments",
    "InstalledEnvironments",
    "State",
    "build",
    "known",
    "locate",
    "packages",
    "shipped_packages",
    "state",
]
