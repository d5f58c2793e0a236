"""What a node is run with, and what it answers."""

import json
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any, Self


class LogLevel(IntEnum):
    """How much a run logs, and how much an entry matters."""

    DEBUG = 0
    INFO = 1
    WARN = 2
    ERROR = 3
    FATAL = 4


@dataclass
class ExecutionInput:
    """A run's context."""

    inputs: dict[str, Any]
    node_id: str = ""
    run_id: str = ""
    app_id: str = ""
    board_id: str = ""
    user_id: str = ""
    stream_state: bool = False
    log_level: int = LogLevel.INFO
    node_name: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read a context; members that it does not know are left out."""
        known = {field.name for field in fields(cls)}
        members = {name: value for name, value in data.items() if name in known}
        return cls(**{"inputs": {}, **members})

    @classmethod
    def from_json(cls, json_str: str) -> Self:
        """Read a context's JSON text."""
        return cls.from_dict(json.loads(json_str))


@dataclass
class ExecutionResult:
    """A node's answer."""

    outputs: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    activate_exec: list[str] = field(default_factory=list)
    pending: bool | None = None

    @classmethod
    def ok(cls) -> Self:
        """Give an answer without an error."""
        return cls()

    @classmethod
    def fail(cls, message: str) -> Self:
        """Give an answer that says why the node failed."""
        return cls(error=message)

    def set_output(self, name: str, value: Any) -> Self:
        """Set what goes out at a pin."""
        self.outputs[name] = value
        return self

    def exec(self, pin_name: str) -> Self:
        """Let the flow continue at a pin."""
        self.activate_exec.append(pin_name)
        return self

    def set_pending(self, pending: bool) -> Self:
        """Say whether the node's work goes on after this answer."""
        self.pending = pending
        return self

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as JSON."""
        told: dict[str, Any] = {"outputs": self.outputs, "activate_exec": self.activate_exec}
        optional = {"error": self.error, "pending": self.pending}
        return told | {name: value for name, value in optional.items() if value is not None}

    def to_json(self) -> str:
        """Give the answer as JSON text."""
        return json.dumps(self.to_dict())
