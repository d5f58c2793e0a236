"""What a statement may use: environments, built ahead of time and chosen by name."""

from .environment import Environment, Environments
from .installed import InstalledEnvironments
from .light import is_light, light
from .wheelhouse import State, build, known, locate, packages, state

__all__ = [
    "Environment",
    "Environments",
    "InstalledEnvironments",
    "State",
    "build",
    "is_light",
    "known",
    "light",
    "locate",
    "packages",
    "state",
]
