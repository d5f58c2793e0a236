"""The door: HTTP in, HTTP out."""

from .app import create_app
from .connections import Connections
from .parts import Parts, Readiness

__all__ = ["Connections", "Parts", "Readiness", "create_app"]
