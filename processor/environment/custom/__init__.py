"""Custom environments: built from requirements in the background, shared by content, collected."""

from .build import Workshop
from .index import Index
from .known import Description, KnownEnvironments, Terms, opened
from .places import Places

__all__ = ["Description", "Index", "KnownEnvironments", "Places", "Terms", "Workshop", "opened"]
