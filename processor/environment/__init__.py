"""What a statement may use: environments, built ahead of time and chosen by name."""

from .environment import Environment, Environments
from .installed import InstalledEnvironments
from .wheelhouse import State, build, known, locate, packages, state

__all__ = [
    "Environment",
    "Environments",
    "InstalledEnvironments",
    "State",
    "build",
    "known",
    "locate",
    "packages",
    "state",
]
