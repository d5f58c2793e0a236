"""The door: HTTP in, HTTP out."""

from .app import create_app
from .parts import Parts, Readiness

__all__ = ["Parts", "Readiness", "create_app"]
