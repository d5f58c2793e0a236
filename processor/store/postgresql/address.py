"""Where a database is, and how it is told without its password."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """The URL of a database, which may hold a password: it is told without."""

    url: str

    def __str__(self) -> str:
        """
        Give what may be logged.

        >>> str(Address("postgresql://me:secret@db.example/runs?password=x"))
        'postgresql://***@db.example/runs'
        """
        return re.sub(r"//.*@", "//***@", self.url).partition("?")[0]

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"
