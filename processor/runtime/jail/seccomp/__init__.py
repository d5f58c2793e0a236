"""
The wall between a statement and the kernel: a filter of system calls.

Read `statements`, which says what is allowed, then `program`, which makes a filter of it. `policy`
has the words for the one, `bpf` those for the other; `filter` puts it up. `asking` is another
filter, which leaves one call to the host.
"""

from .asking import ask_host
from .filter import SyscallFilter
from .policy import Policy
from .statements import Network, policy_for

__all__ = ["Network", "Policy", "SyscallFilter", "ask_host", "policy_for"]
