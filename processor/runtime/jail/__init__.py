"""
The walls around a child, as values: each says what it is and puts itself up.

Standard library only. A child puts them up in order, last of all those that would hinder the rest.
"""

from .capabilities import NoBoundingCapabilities, NoCapabilities
from .evidence import Seen, seen
from .identity import NotDumpable
from .limits import Limited
from .memory import NoNewCode
from .process import CloseDescriptors, DieWithParent, NoNewPrivileges, OwnSession, SilentStreams
from .restriction import Restriction

__all__ = [
    "CloseDescriptors",
    "DieWithParent",
    "Limited",
    "NoBoundingCapabilities",
    "NoCapabilities",
    "NoNewCode",
    "NoNewPrivileges",
    "NotDumpable",
    "OwnSession",
    "Restriction",
    "Seen",
    "SilentStreams",
    "seen",
]
