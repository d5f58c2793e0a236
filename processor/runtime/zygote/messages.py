"""What host and zygote say to each other: one JSON object a message, on a sequenced socket."""

import json
import socket
from typing import Any, Final

LONGEST_MESSAGE: Final = 64 << 10
MOST_DESCRIPTORS: Final = 5
"""Both pipes, two control groups, and a way out."""


def send(control: socket.socket, descriptors: list[int], **message: Any) -> None:
    """Send one message and descriptors with it."""
    socket.send_fds(control, [json.dumps(message).encode()], descriptors)


def receive(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Give one message and the descriptors that came with it, or None at the end."""
    content, descriptors, _, _ = socket.recv_fds(control, LONGEST_MESSAGE, MOST_DESCRIPTORS)
    return (json.loads(content), descriptors) if content else None
