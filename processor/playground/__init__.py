"""The page on which authors try statements: built from playground/, served as it was built."""

from .page import SITE, enter, file, show
from .site import Site, read_site

__all__ = ["SITE", "Site", "enter", "file", "read_site", "show"]
