"""
The two ways in which a child gets to the host's proxy, and to nothing else.

In a network namespace of its own it listens on its own loopback, and gives the listening socket
away: who accepts there is the host. Without one, the kernel asks the host at each connect(): the
host puts a connection of its own making in the socket's place, and never reads the address, which
the child could change under it.

Both are values as other walls are, with a socket to the host, `setup`, that they close.
"""

import os
import socket
from dataclasses import dataclass
from typing import Final

from .namespaces import bring_loopback_up
from .seccomp import ask_host
from .syscalls import seccomp_listener

PROXY_HOST: Final = "127.0.0.1"
PROXY_PORT: Final = 3128
LISTENING: Final = b"listening"
"""Said to the host with a socket that listens."""
CONNECTING: Final = b"connecting"
"""Said to the host with what it is asked through at each connect()."""

_BACKLOG: Final = 64


@dataclass(frozen=True, slots=True)
class ListensForHost:
    """Lets a child with a network namespace of its own connect to the host's proxy."""

    setup: int

    def describe(self) -> str:
        """See Restriction."""
        return f"a loopback of its own, with the host's proxy on port {PROXY_PORT}"

    def apply(self) -> None:
        """See Restriction."""
        bring_loopback_up()
        with socket.socket() as listening:
            listening.bind((PROXY_HOST, PROXY_PORT))
            listening.listen(_BACKLOG)
            _hand_over(self.setup, LISTENING, listening.fileno())


@dataclass(frozen=True, slots=True)
class ConnectsByHost:
    """
    Makes every connect() of a child end at the host's proxy, whatever its address.

    Goes up after NoNewPrivileges and before the filter of system calls, which allows connect():
    of what two filters say the kernel takes the stricter.
    """

    setup: int

    def describe(self) -> str:
        """See Restriction."""
        return "every connection is made by the host, to its proxy"

    def apply(self) -> None:
        """See Restriction."""
        listener = seccomp_listener(ask_host("connect"))
        try:
            _hand_over(self.setup, CONNECTING, listener)
        finally:
            os.close(listener)


def _hand_over(setup: int, word: bytes, descriptor: int) -> None:
    with socket.socket(fileno=setup) as host:
        socket.send_fds(host, [word], [descriptor])
