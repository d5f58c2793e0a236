"""How a statement's libraries come to find the one way out that their process has."""

import os
import socket
import sys
from typing import Any, Final

VARIABLES: Final = ("http_proxy", "https_proxy", "all_proxy")
"""In small letters and in capitals: libraries look for either."""


def use_proxy(url: str) -> None:
    """Have httpx, requests, urllib and openai take the way through a proxy, unasked."""
    environ = os.environ  # noqa: TID251 (the statement's own, made afresh for it)
    for name in VARIABLES:
        environ[name] = environ[name.upper()] = url
    for name in ("no_proxy", "NO_PROXY"):
        environ.pop(name, None)
    openai = sys.modules.get("openai")
    if openai is not None and str(getattr(openai, "__version__", "")).startswith("0."):
        openai.proxy = url  # type: ignore[attr-defined] # its asynchronous calls read no variables


def keep_blocking_modes() -> None:
    """
    Set a socket's blocking mode again once it is connected.

    Where the host answers a connect() there is another connection behind the descriptor
    afterwards, which blocks, while Python's socket still believes what it was told.
    """
    socket.socket.connect = _connect  # type: ignore[assignment, method-assign] # of this process alone
    socket.socket.connect_ex = _connect_ex  # type: ignore[assignment, method-assign] # see above


_UNCHANGED: Final = (socket.socket.connect, socket.socket.connect_ex)


def _connect(self: socket.socket, address: Any, /) -> None:
    _UNCHANGED[0](self, address)
    self.settimeout(self.gettimeout())


def _connect_ex(self: socket.socket, address: Any, /) -> int:
    error = _UNCHANGED[1](self, address)
    self.settimeout(self.gettimeout())
    return error
