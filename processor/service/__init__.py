"""The door: HTTP in, HTTP out."""

from .app import create_app
from .parts import Parts, Readiness
from .sending import Sender, opened_sender

__all__ = ["Parts", "Readiness", "Sender", "create_app", "opened_sender"]
