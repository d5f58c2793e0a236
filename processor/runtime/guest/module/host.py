"""What a running node can ask for: log, streams, a cache, variables, a folder; in memory all."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from random import random
from typing import Any, Final, TypeAlias

from processor.runtime.guest.journal import Journal

from .sdk import HostBridge

Json = dict[str, Any]
Stream: TypeAlias = Callable[[str, object], None]
"""Sends one event of a kind."""
Ask: TypeAlias = Callable[[str, Json], Any]
"""Asks the service for what only it can do; None where it does not."""

LARGEST_FILE: Final = 10 << 20
LARGEST_BODY: Final = 4 << 20
"""Of an HTTP request."""
LEVELS: Final = ("debug", "info", "warn", "error", "error")
"""By the SDK's numbers; the last is fatal."""
_READS: Final = ("storage:read", "storage:write", "storage:node", "storage:user")
_WRITES: Final = ("storage:write", "storage:node", "storage:user")


def nobody(_name: str, _content: Json) -> Any:
    """Answer for a service that grants nothing."""
    return None


class RunHost(HostBridge):
    """The host of one run; what it keeps ends with the run."""

    def __init__(self, journal: Journal, stream: Stream, ask: Ask | None) -> None:
        """Take how the service is asked; None where this process does by itself what it would."""
        self._journal = journal
        self._stream = stream
        self._ask = ask
        self._told: set[str] = set()
        self._variables: Json = {}
        self._cache: Json = {}
        self._files: dict[str, bytes] = {}
        self.granted: frozenset[str] = frozenset()
        self.has_network = False
        """Whether the step may reach anything."""
        self.context: Json = {}

    def log(self, level: int, message: str) -> None:
        """Write an entry of the author's."""
        self._journal.write(LEVELS[min(max(int(level), 0), len(LEVELS) - 1)], message, "log")

    def stream(self, event_type: str, data: str) -> None:
        """Send an event; what is JSON goes as what it means, but for text."""
        self._stream(event_type, data if event_type == "text" else _meaning(data))

    def stream_text(self, content: str) -> None:
        """Send text."""
        self._stream("text", content)

    def get_variable(self, name: str) -> Any:
        """Give a variable that this run has set, or None."""
        return self._variables.get(name) if self._may("variables") else None

    def set_variable(self, name: str, value: Any) -> bool:
        """Set a variable for the rest of this run."""
        return self._set(self._variables, "variables", name, value)

    def delete_variable(self, name: str) -> None:
        """Forget a variable."""
        if self._may("variables"):
            self._variables.pop(name, None)

    def has_variable(self, name: str) -> bool:
        """Tell whether this run has set a variable."""
        return self._may("variables") and name in self._variables

    def cache_get(self, key: str) -> Any:
        """Give what this run has put into the cache, or None."""
        return self._cache.get(key) if self._may("cache") else None

    def cache_set(self, key: str, value: Any) -> None:
        """Put something into the cache for the rest of this run."""
        self._set(self._cache, "cache", key, value)

    def cache_delete(self, key: str) -> None:
        """Take something out of the cache."""
        if self._may("cache"):
            self._cache.pop(key, None)

    def cache_has(self, key: str) -> bool:
        """Tell whether the cache has something."""
        return self._may("cache") and key in self._cache

    def time_now(self) -> int:
        """Give the time in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def random(self) -> float:
        """Give a number from 0 to 1, without 1."""
        return random()  # noqa: S311 (a number for a node, no key)

    def storage_dir(self, node_scoped: bool) -> Json | None:
        """Give the run's folder."""
        return self._folder(f"storage/{self._node()}" if node_scoped else "storage")

    def upload_dir(self) -> Json | None:
        """Give the folder of uploads, which has none."""
        return self._folder("upload")

    def cache_dir(self, node_scoped: bool, user_scoped: bool) -> Json | None:
        """Give a folder for what can be made again."""
        user = f"/users/{self.context.get('user_id')}" if user_scoped else ""
        node = f"/{self._node()}" if node_scoped else ""
        return self._folder(f"tmp/cache{user}{node}")

    def user_dir(self, node_scoped: bool) -> Json | None:
        """Give a folder of the run's user."""
        node = f"/{self._node()}" if node_scoped else ""
        return self._folder(f"users/{self.context.get('user_id')}{node}")

    def storage_read(self, flow_path: Json) -> bytes | None:
        """Give a file of this run, or None."""
        return self._files.get(_path(flow_path)) if self._may(*_READS) else None

    def storage_write(self, flow_path: Json, data: bytes) -> bool:
        """Keep a file for the rest of this run."""
        if not self._may(*_WRITES):
            return False
        if len(data) > LARGEST_FILE:
            self._tell(f"a file of {len(data):,} bytes is not kept: {LARGEST_FILE:,} are allowed")
            return False
        self._files[_path(flow_path)] = bytes(data)
        return True

    def storage_list(self, flow_path: Json) -> list[Json] | None:
        """List the files below a folder."""
        if not self._may(*_READS):
            return None
        folder = _path(flow_path)
        below = f"{folder}/" if folder else ""
        return [_flow_path(name) for name in sorted(self._files) if name.startswith(below)]

    def http_request(
        self, method: int, url: str, headers: str | Mapping[str, str], body: bytes | None
    ) -> str | None:
        """Have a request made; None where it is not granted, or not answered."""
        if not self._may("network:http"):
            return None
        if not self.has_network:
            self._tell("an HTTP request was not made: the step has no network")
            return None
        if body is not None and len(body) > LARGEST_BODY:
            self._tell(f"an HTTP request was not made: its body is over {LARGEST_BODY:,} bytes")
            return None
        request = {
            "method": method,
            "url": url,
            "headers": json.loads(headers) if isinstance(headers, str) else dict(headers),
            "body_base64": None if body is None else base64.b64encode(body).decode(),
        }
        answer = self._made(request) if self._ask is None else self._ask("http", request)
        return None if answer is None else json.dumps(answer)

    def unserved(self, name: str) -> Any:
        """Say once that something is not here, and give None."""
        self._tell(f"{name} is not served here")
        return None

    def _made(self, request: Json) -> Json | None:
        # Deferred: sockets and TLS, which nothing else here needs and an instance does not have.
        from http.client import HTTPException

        from .direct import requested

        try:
            return requested(request)
        except (OSError, ValueError, HTTPException) as error:
            self._tell(f"network: {str(error) or type(error).__name__}")
            return None

    def _set(self, kept: Json, wanted: str, name: str, value: Any) -> bool:
        if not self._may(wanted):
            return False
        kept[name] = value
        return True

    def _may(self, *permissions: str) -> bool:
        """Tell whether one of some permissions is granted; name the first, once, where none is."""
        if self.granted.intersection(permissions):
            return True
        self._tell(f"permission {permissions[0]} missing")
        return False

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._journal.write("warn", message, "service")

    def _folder(self, path: str) -> Json | None:
        return _flow_path(path) if self._may(*_READS) else None

    def _node(self) -> str:
        return str(self.context.get("node_id") or "node")


def _flow_path(path: str) -> Json:
    return {"path": path, "store_ref": "run", "cache_store_ref": None}


def _path(flow_path: Any) -> str:
    path = flow_path["path"] if isinstance(flow_path, dict) else flow_path.path
    return str(path).strip("/")


def _meaning(data: str) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return data
