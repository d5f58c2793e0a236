"""
The walls around a child, as values: each says what it is and puts itself up.

Standard library only. A child puts them up in order, last of all those that would hinder the rest.
"""

from .limits import Limited
from .process import CloseDescriptors, DieWithParent, NoNewPrivileges, OwnSession, SilentStreams
from .restriction import Restriction

__all__ = [
    "CloseDescriptors",
    "DieWithParent",
    "Limited",
    "NoNewPrivileges",
    "OwnSession",
    "Restriction",
    "SilentStreams",
]
