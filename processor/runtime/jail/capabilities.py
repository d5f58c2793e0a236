"""
Capabilities: the parts of root's power, all given up.

Secure bits are left alone: they say what a program executed as root gains, and no_new_privs, which
every child has, says that it gains nothing.
"""

import errno
import struct
from dataclasses import dataclass
from typing import Final

from .syscalls import PR_CAPBSET_DROP, capset, prctl

_VERSION_3: Final = 0x2008_0522
_CAPABILITIES_A_KERNEL_MAY_HAVE: Final = 64


@dataclass(frozen=True, slots=True)
class NoBoundingCapabilities:
    """
    Empties the set that limits what may ever be gained; wants CAP_SETPCAP.

    Entering a user namespace fills it again.
    """

    def describe(self) -> str:
        """See Restriction."""
        return "no capability to be gained"

    def apply(self) -> None:
        """See Restriction."""
        for capability in range(_CAPABILITIES_A_KERNEL_MAY_HAVE):
            try:
                prctl(PR_CAPBSET_DROP, capability)
            except OSError as error:
                if error.errno == errno.EINVAL and capability > 0:  # the kernel's last was before
                    return
                raise


@dataclass(frozen=True, slots=True)
class NoCapabilities:
    """Empties the sets that are held: effective, permitted, inheritable, and by them ambient."""

    def describe(self) -> str:
        """See Restriction."""
        return "no capabilities"

    def apply(self) -> None:
        """See Restriction."""
        capset(struct.pack("Ii", _VERSION_3, 0), bytes(24))
