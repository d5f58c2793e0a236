"""What a node's `run` is given: its inputs, and what it may do."""

import base64
import json
from typing import Any, Self

from .elsewhere import Elsewhere
from .execution import ExecutionInput, ExecutionResult, LogLevel
from .hosts import HostBridge, get_host

Json = dict[str, Any]
GET, POST = 0, 1


class Context(Elsewhere):
    """One run of a node."""

    def __init__(self, execution_input: ExecutionInput, host: HostBridge | None = None) -> None:
        self._input = execution_input
        self._host = host or get_host()
        self._result = ExecutionResult()

    @classmethod
    def from_dict(cls, data: Json, host: HostBridge | None = None) -> Self:
        """Make a context of its JSON."""
        return cls(ExecutionInput.from_dict(data), host)

    @classmethod
    def from_json(cls, json_str: str, host: HostBridge | None = None) -> Self:
        """Make a context of its JSON text."""
        return cls(ExecutionInput.from_json(json_str), host)

    @property
    def node_id(self) -> str:
        """The node's place on the board."""
        return self._input.node_id

    @property
    def node_name(self) -> str:
        """Which node of the module this is."""
        return self._input.node_name

    @property
    def run_id(self) -> str:
        """The platform's run."""
        return self._input.run_id

    @property
    def app_id(self) -> str:
        """The platform's app."""
        return self._input.app_id

    @property
    def board_id(self) -> str:
        """The platform's board."""
        return self._input.board_id

    @property
    def user_id(self) -> str:
        """The platform's user."""
        return self._input.user_id

    @property
    def stream_enabled(self) -> bool:
        """Whether somebody listens to streams."""
        return self._input.stream_state

    @property
    def log_level(self) -> int:
        """The least level that is logged."""
        return self._input.log_level

    def get_input(self, name: str, default: Any = None) -> Any:
        """Give an input, or the default where it is missing or null."""
        value = self._input.inputs.get(name)
        return default if value is None else value

    def get_string(self, name: str, default: str | None = None) -> str | None:
        """Give an input as text."""
        value = self.get_input(name)
        return default if value is None else str(value)

    def get_i64(self, name: str, default: int | None = None) -> int | None:
        """Give an input as an integer."""
        value = self.get_input(name)
        return default if value is None else int(value)

    def get_f64(self, name: str, default: float | None = None) -> float | None:
        """Give an input as a number."""
        value = self.get_input(name)
        return default if value is None else float(value)

    def get_bool(self, name: str, default: bool | None = None) -> bool | None:
        """Give an input as a truth value, as Python sees it: of texts only the empty is false."""
        value = self.get_input(name)
        return default if value is None else bool(value)

    def get_bytes(self, name: str, default: bytes | None = None) -> bytes | None:
        """Give an input as bytes, of Base64 text or of a list of numbers."""
        value = self.get_input(name)
        return default if value is None else to_bytes(value)

    def get_json(self, name: str, default: Any = None) -> Any:
        """Give an input; a text is read as JSON."""
        value = self.get_input(name)
        if value is None:
            return default
        return json.loads(value) if isinstance(value, str) else value

    get_int = get_i64
    get_float = get_f64

    def require_input(self, name: str) -> Any:
        """Give an input; raises ValueError where it is missing or null."""
        value = self.get_input(name)
        if value is None:
            raise ValueError(f"Required input '{name}' not provided")
        return value

    def set_output(self, name: str, value: Any) -> None:
        """Set what goes out at a pin."""
        self._result.outputs[name] = value

    def activate_exec(self, pin_name: str) -> None:
        """Let the flow continue at a pin."""
        self._result.activate_exec.append(pin_name)

    def set_pending(self, pending: bool) -> None:
        """Say whether the node's work goes on after its answer."""
        self._result.pending = pending

    def debug(self, message: str) -> None:
        """Log what helps to find a mistake."""
        self._log(LogLevel.DEBUG, message)

    def info(self, message: str) -> None:
        """Log what happened."""
        self._log(LogLevel.INFO, message)

    def warn(self, message: str) -> None:
        """Log what may be wrong."""
        self._log(LogLevel.WARN, message)

    def error(self, message: str) -> None:
        """Log what is wrong; the node goes on."""
        self._log(LogLevel.ERROR, message)

    log_debug = debug
    log_info = info
    log_warn = warn
    log_error = error

    def _log(self, level: LogLevel, message: str) -> None:
        if self._input.log_level <= level:
            self._host.log(level, message)

    def stream_text(self, text: str) -> None:
        """Stream text."""
        if self.stream_enabled:
            self._host.stream_text(text)

    def stream_json(self, data: Any) -> None:
        """Stream any JSON."""
        if self.stream_enabled:
            self._host.stream("json", json.dumps(data))

    def stream_progress(self, progress: float, message: str) -> None:
        """Stream how far the node is."""
        if self.stream_enabled:
            told = {"progress": progress, "message": message}
            self._host.stream("progress", json.dumps(told))

    def get_variable(self, name: str) -> Any:
        """Give a variable of this run, or None."""
        return self._host.get_variable(name)

    def set_variable(self, name: str, value: Any) -> bool:
        """Set a variable of this run."""
        return self._host.set_variable(name, value)

    def delete_variable(self, name: str) -> None:
        """Forget a variable."""
        self._host.delete_variable(name)

    def has_variable(self, name: str) -> bool:
        """Tell whether there is such a variable."""
        return self._host.has_variable(name)

    def cache_get(self, key: str) -> Any:
        """Give what this run has put into the cache, or None."""
        return self._host.cache_get(key)

    def cache_set(self, key: str, value: Any) -> None:
        """Put something into the cache."""
        self._host.cache_set(key, value)

    def cache_delete(self, key: str) -> None:
        """Take something out of the cache."""
        self._host.cache_delete(key)

    def cache_has(self, key: str) -> bool:
        """Tell whether the cache has something."""
        return self._host.cache_has(key)

    def storage_dir(self, node_scoped: bool = False) -> Json | None:
        """Give the folder of this run."""
        return self._host.storage_dir(node_scoped)

    def upload_dir(self) -> Json | None:
        """Give the folder of uploads."""
        return self._host.upload_dir()

    def cache_dir(self, node_scoped: bool = False, user_scoped: bool = False) -> Json | None:
        """Give a folder for what can be made again."""
        return self._host.cache_dir(node_scoped, user_scoped)

    def user_dir(self, node_scoped: bool = False) -> Json | None:
        """Give the folder of the user."""
        return self._host.user_dir(node_scoped)

    def storage_read(self, flow_path: Json) -> bytes | None:
        """Give a file of this run, or None."""
        return self._host.storage_read(flow_path)

    def storage_write(self, flow_path: Json, data: bytes) -> bool:
        """Keep a file for the rest of this run."""
        return self._host.storage_write(flow_path, data)

    def storage_list(self, flow_path: Json) -> list[Json] | None:
        """List the files below a folder."""
        return self._host.storage_list(flow_path)

    def http_request(
        self,
        method: int,
        url: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Json | None:
        """Make an HTTP request: 0 GET 1 POST 2 PUT 3 DELETE 4 PATCH 5 HEAD 6 OPTIONS."""
        told = self._host.http_request(method, url, json.dumps(headers or {}), body)
        answer: Json | None = json.loads(told) if told is not None else None
        if answer is not None and "body" not in answer and "body_base64" in answer:
            content = base64.b64decode(answer["body_base64"])
            answer["body"] = content.decode("utf-8", "replace")
        return answer

    def http_get(self, url: str, headers: dict[str, str] | None = None) -> Json | None:
        """Get what is at an address."""
        return self.http_request(GET, url, headers)

    def http_post(
        self, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Json | None:
        """Post to an address."""
        return self.http_request(POST, url, headers, body)

    def get_oauth_token(self, provider: str) -> Json | None:
        """Give a token, or None."""
        return self._host.get_oauth_token(provider)

    def has_oauth_token(self, provider: str) -> bool:
        """Tell whether there is a token."""
        return self._host.has_oauth_token(provider)

    def success(self, pin: str = "exec_out") -> ExecutionResult:
        """End well, and let the flow continue."""
        self.activate_exec(pin)
        return self._result

    def fail(self, error: str) -> ExecutionResult:
        """End with an error; outputs that are set stay, and nothing continues."""
        self._result.error = error
        return self._result

    def finish(self) -> ExecutionResult:
        """End with what was set, and nothing more."""
        return self._result


def to_bytes(value: Any) -> bytes:
    """
    Read bytes as JSON carries them: Base64 text, or a list of numbers.

    >>> to_bytes("aGk="), to_bytes([104, 105])
    (b'hi', b'hi')
    """
    return base64.b64decode(value) if isinstance(value, str) else bytes(value)
