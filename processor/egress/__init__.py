"""
The way out: what a statement may reach, and the proxy that lets it through to that alone.

Read `policy`, then `proxy`; `fetch` is for a statement without sockets. Nothing here is below the
walls: it runs in the service, and reads what a statement writes to a socket.
"""

from .addresses import read_ranges, why_refused
from .budget import Budget
from .fetch import Fetched, Wish, fetch
from .outside import NOWHERE, Outside, Resolver, Totals
from .policy import NO_NETWORK, BadPolicy, Mode, Policy, is_wider, read_policy
from .proxy import Proxy, opened
from .refused import Refused

__all__ = [
    "NOWHERE",
    "NO_NETWORK",
    "BadPolicy",
    "Budget",
    "Fetched",
    "Mode",
    "Outside",
    "Policy",
    "Proxy",
    "Refused",
    "Resolver",
    "Totals",
    "Wish",
    "fetch",
    "is_wider",
    "opened",
    "read_policy",
    "read_ranges",
    "why_refused",
]
