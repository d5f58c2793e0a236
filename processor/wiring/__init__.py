"""The composition root: the only package that knows who is who."""

from .environments import OpenedEnvironments, opened_environments
from .processor import Processor, opened, proof
from .serve import serve, work
from .settled import least_level

__all__ = [
    "OpenedEnvironments",
    "Processor",
    "least_level",
    "opened",
    "opened_environments",
    "proof",
    "serve",
    "work",
]
