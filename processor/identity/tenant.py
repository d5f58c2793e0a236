"""A tenant: those who share runs, steps and all else that is kept, and see nothing of others."""

import re
from typing import Final, NewType

Tenant = NewType("Tenant", str)

DEFAULT_TENANT: Final = Tenant("default")
"""Whose everything is where callers are not told apart."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def read_tenant(text: str) -> Tenant:
    """
    Read a tenant's name; raises ValueError for what is none.

    >>> read_tenant("acme-eu")
    'acme-eu'
    """
    if _NAME.fullmatch(text) is None:
        raise ValueError(
            "a tenant's name has 1 to 64 letters, digits, dots, - and _, "
            "the first one a letter or digit"
        )
    return Tenant(text)
