"""
The way out: what a statement may reach, and the proxy that lets it through to that alone.

Read `policy`, then `proxy`. Nothing here is below the walls: it runs in the service, and reads what
a statement writes to a socket.
"""

from .addresses import read_ranges, why_refused
from .budget import Budget
from .outside import NOWHERE, Outside, Resolver
from .policy import NO_NETWORK, BadPolicy, Mode, Policy, is_wider, read_policy
from .proxy import Proxy, opened

__all__ = [
    "NOWHERE",
    "NO_NETWORK",
    "BadPolicy",
    "Budget",
    "Mode",
    "Outside",
    "Policy",
    "Proxy",
    "Resolver",
    "is_wider",
    "opened",
    "read_policy",
    "read_ranges",
    "why_refused",
]
