"""The composition root: the only package that knows who is who."""

from .processor import Processor, opened, proof
from .serve import serve, work
from .settled import least_level

__all__ = ["Processor", "least_level", "opened", "proof", "serve", "work"]
