"""What a node's context is connected to: nothing, a stand-in for tests, or the run's own host."""

import base64
import json
from typing import Any

Json = dict[str, Any]


class HostBridge:
    """A host that grants nothing; every answer is the one that a node gets where it may not."""

    def log(self, level: int, message: str) -> None:
        """Write an entry of the author's."""

    def stream(self, event_type: str, data: str) -> None:
        """Send an event, its data as text or JSON text."""

    def stream_text(self, content: str) -> None:
        """Send text."""
        self.stream("text", content)

    def get_variable(self, name: str) -> Any:
        """Give a variable, or None."""
        return self.unserved("variables")

    def set_variable(self, name: str, value: Any) -> bool:
        """Set a variable, and tell whether that was granted."""
        return bool(self.unserved("variables"))

    def delete_variable(self, name: str) -> None:
        """Forget a variable."""

    def has_variable(self, name: str) -> bool:
        """Tell whether there is such a variable."""
        return bool(self.unserved("variables"))

    def cache_get(self, key: str) -> Any:
        """Give what the cache has, or None."""
        return self.unserved("cache")

    def cache_set(self, key: str, value: Any) -> None:
        """Put something into the cache."""

    def cache_delete(self, key: str) -> None:
        """Take something out of the cache."""

    def cache_has(self, key: str) -> bool:
        """Tell whether the cache has something."""
        return bool(self.unserved("cache"))

    def time_now(self) -> int:
        """Give the time in milliseconds since 1970."""
        return 0

    def random(self) -> float:
        """Give a number from 0 to 1."""
        return 0

    def storage_dir(self, node_scoped: bool) -> Json | None:
        """Give the folder of the run."""
        return self._none("storage")

    def upload_dir(self) -> Json | None:
        """Give the folder of uploads."""
        return self._none("storage")

    def cache_dir(self, node_scoped: bool, user_scoped: bool) -> Json | None:
        """Give a folder for what can be made again."""
        return self._none("storage")

    def user_dir(self, node_scoped: bool) -> Json | None:
        """Give the folder of the user."""
        return self._none("storage")

    def storage_read(self, flow_path: Json) -> bytes | None:
        """Give a file, or None."""
        self.unserved("storage")
        return None

    def storage_write(self, flow_path: Json, data: bytes) -> bool:
        """Keep a file, and tell whether that was granted."""
        return bool(self.unserved("storage"))

    def storage_list(self, flow_path: Json) -> list[Json] | None:
        """List the files below a folder."""
        self.unserved("storage")
        return None

    def http_request(self, method: int, url: str, headers: str, body: bytes | None) -> str | None:
        """Make a request, and give its answer as JSON text."""
        self.unserved("http")
        return None

    def get_oauth_token(self, provider: str) -> Json | None:
        """Give a token, or None."""
        return self._none("oauth")

    def has_oauth_token(self, provider: str) -> bool:
        """Tell whether there is a token."""
        return bool(self.unserved("oauth"))

    def unserved(self, name: str) -> Any:
        """Hear that a node asked for what this host does not have, and give None."""
        return None

    def _none(self, name: str) -> Json | None:
        self.unserved(name)
        return None


class MockHostBridge(HostBridge):
    """A host for an author's tests: it grants everything, and keeps what it was told."""

    def __init__(self) -> None:
        self.logs: list[tuple[int, str]] = []
        self.streams: list[tuple[str, str]] = []
        self.variables: Json = {}
        self.cache_data: Json = {}
        self.storage: dict[str, bytes] = {}
        self.oauth_tokens: dict[str, Json] = {}

    def log(self, level: int, message: str) -> None:
        """Keep the entry."""
        self.logs.append((level, message))

    def stream(self, event_type: str, data: str) -> None:
        """Keep the event."""
        self.streams.append((event_type, data))

    def get_variable(self, name: str) -> Any:
        """Give a variable."""
        return self.variables.get(name)

    def set_variable(self, name: str, value: Any) -> bool:
        """Set a variable."""
        self.variables[name] = value
        return True

    def delete_variable(self, name: str) -> None:
        """Forget a variable."""
        self.variables.pop(name, None)

    def has_variable(self, name: str) -> bool:
        """Tell whether there is such a variable."""
        return name in self.variables

    def cache_get(self, key: str) -> Any:
        """Give what the cache has."""
        return self.cache_data.get(key)

    def cache_set(self, key: str, value: Any) -> None:
        """Put something into the cache."""
        self.cache_data[key] = value

    def cache_delete(self, key: str) -> None:
        """Take something out of the cache."""
        self.cache_data.pop(key, None)

    def cache_has(self, key: str) -> bool:
        """Tell whether the cache has something."""
        return key in self.cache_data

    def random(self) -> float:
        """Give always the same number."""
        return 42

    def storage_dir(self, node_scoped: bool) -> Json | None:
        """Give a folder."""
        return _mock("storage")

    def upload_dir(self) -> Json | None:
        """Give a folder."""
        return _mock("upload")

    def cache_dir(self, node_scoped: bool, user_scoped: bool) -> Json | None:
        """Give a folder."""
        return _mock("tmp/cache")

    def user_dir(self, node_scoped: bool) -> Json | None:
        """Give a folder."""
        return _mock("users/mock")

    def storage_read(self, flow_path: Json) -> bytes | None:
        """Give a file."""
        return self.storage.get(flow_path["path"])

    def storage_write(self, flow_path: Json, data: bytes) -> bool:
        """Keep a file."""
        self.storage[flow_path["path"]] = data
        return True

    def storage_list(self, flow_path: Json) -> list[Json] | None:
        """List the files below a folder."""
        return [_mock(path) for path in self.storage if path.startswith(flow_path["path"])]

    def http_request(self, method: int, url: str, headers: str, body: bytes | None) -> str | None:
        """Answer that all is well."""
        content = base64.b64encode(b"{}").decode()
        answer = {"status": 200, "headers": {}, "body_base64": content, "body": "{}"}
        return json.dumps(answer)

    def get_oauth_token(self, provider: str) -> Json | None:
        """Give a token."""
        return self.oauth_tokens.get(provider)

    def has_oauth_token(self, provider: str) -> bool:
        """Tell whether there is a token."""
        return provider in self.oauth_tokens


def _mock(path: str) -> Json:
    return {"path": path, "store_ref": "mock_store", "cache_store_ref": None}


_hosts: list[HostBridge] = [HostBridge()]
"""The host of contexts that are made without one, last."""


def set_host(host: HostBridge) -> None:
    """Connect the contexts that are made from now on without a host of their own."""
    _hosts[:] = [host]


def get_host() -> HostBridge:
    """Give the host of contexts that are made without one."""
    return _hosts[-1]
