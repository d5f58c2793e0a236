"""The door: HTTP in, HTTP out."""

from .app import create_app, create_health_app
from .connections import Connections
from .parts import Offices, Parts, Readiness
from .public import opened_client
from .sending import Sender, opened_sender

__all__ = [
    "Connections",
    "Offices",
    "Parts",
    "Readiness",
    "Sender",
    "create_app",
    "create_health_app",
    "opened_client",
    "opened_sender",
]
