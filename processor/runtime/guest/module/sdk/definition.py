"""How a node and its pins are defined."""

import json
from dataclasses import dataclass, field
from typing import Any, Final, Self

from processor.runtime.guest.module.defined import permission

from .kinds import NodeScores, PinType, ValueType

ABI_VERSION: Final = 1
_OPTIONAL: Final = (
    "default_value", "value_type", "schema", "valid_values", "range", "step", "sensitive",
    "enforce_schema", "enforce_generic_value_type",
)  # fmt: skip


def humanize(name: str) -> str:
    """
    Give a pin's or node's name as people read it.

    >>> humanize("blend_prices")
    'Blend Prices'
    """
    return " ".join(part.capitalize() for part in name.split("_") if part)


@dataclass
class PinDefinition:
    """One pin of a node."""

    name: str
    friendly_name: str
    description: str
    pin_type: str
    data_type: str
    default_value: Any = None
    value_type: str | None = None
    schema: str | None = None
    valid_values: list[str] | None = None
    range: tuple[float, float] | None = None
    step: float | None = None
    sensitive: bool | None = None
    enforce_schema: bool | None = None
    enforce_generic_value_type: bool | None = None

    def __post_init__(self) -> None:
        PinType.validate(self.data_type)
        if self.value_type is not None:
            ValueType.validate(self.value_type)

    @classmethod
    def input_pin(
        cls,
        name: str,
        data_type: str,
        *,
        description: str = "",
        default: Any = None,
        friendly_name: str | None = None,
    ) -> Self:
        """Define a pin that a value comes in at."""
        words = (friendly_name or humanize(name), description or f"Input: {name}")
        return cls(name, *words, "Input", data_type, default_value=default)

    @classmethod
    def output_pin(
        cls, name: str, data_type: str, *, description: str = "", friendly_name: str | None = None
    ) -> Self:
        """Define a pin that a value goes out at."""
        words = (friendly_name or humanize(name), description or f"Output: {name}")
        return cls(name, *words, "Output", data_type)

    @classmethod
    def input_exec(cls, name: str = "exec", *, description: str = "") -> Self:
        """Define a pin that starts the node."""
        return cls.input_pin(name, PinType.EXEC, description=description)

    @classmethod
    def output_exec(cls, name: str = "exec_out", *, description: str = "") -> Self:
        """Define a pin that the flow continues at."""
        return cls.output_pin(name, PinType.EXEC, description=description)

    def with_default(self, value: Any) -> Self:
        """Set the value of a pin that no wire leads to."""
        self.default_value = value
        return self

    def with_value_type(self, value_type: str) -> Self:
        """Set how many values it carries."""
        self.value_type = ValueType.validate(value_type)
        return self

    def with_schema(self, schema: str) -> Self:
        """Set the JSON Schema of what it carries, as text."""
        self.schema = schema
        return self

    def with_schema_model(self, model: type) -> Self:
        """Set the schema of a pydantic model, or of one of this module's own types."""
        self.schema = schema_of(model)
        return self

    def with_valid_values(self, values: list[str]) -> Self:
        """Set the values that an editor offers."""
        self.valid_values = list(values)
        return self

    def with_range(self, min_val: float, max_val: float) -> Self:
        """Set the range that an editor offers."""
        self.range = (min_val, max_val)
        return self

    def with_step(self, step: float) -> Self:
        """Set the step of that range."""
        self.step = step
        return self

    def with_sensitive(self, sensitive: bool = True) -> Self:
        """Set whether an editor hides the value."""
        self.sensitive = sensitive
        return self

    def with_enforce_schema(self, enforce: bool = True) -> Self:
        """Set whether wires are held to the schema."""
        self.enforce_schema = enforce
        return self

    def with_enforce_generic_value_type(self, enforce: bool = True) -> Self:
        """Set whether wires of a generic pin are held to its value type."""
        self.enforce_generic_value_type = enforce
        return self

    def to_dict(self) -> dict[str, Any]:
        """Give the pin as JSON, without what is not set."""
        members = vars(self)
        told = {name: members[name] for name in members if name not in _OPTIONAL}
        told |= {name: members[name] for name in _OPTIONAL if members[name] is not None}
        if self.range is not None:
            told["range"] = list(self.range)
        return told


@dataclass
class NodeDefinition:
    """A node: what it is called, and its pins."""

    name: str
    friendly_name: str
    description: str
    category: str
    icon: str | None = None
    pins: list[PinDefinition] = field(default_factory=list)
    scores: NodeScores | None = None
    long_running: bool | None = None
    docs: str | None = None
    permissions: list[str] = field(default_factory=list)
    abi_version: int = ABI_VERSION

    def add_pin(self, pin: PinDefinition) -> Self:
        """Add a pin; their order is the node's."""
        self.pins.append(pin)
        return self

    def set_scores(self, scores: NodeScores) -> Self:
        """Set the scores."""
        self.scores = scores
        return self

    def set_long_running(self, long_running: bool) -> Self:
        """Set whether it may take long."""
        self.long_running = long_running
        return self

    def add_permission(self, name: str) -> Self:
        """Ask for a permission, by its full or its short name."""
        self.permissions.append(permission(name))
        return self

    def to_dict(self) -> dict[str, Any]:
        """Give the node as JSON, without what is not set."""
        told: dict[str, Any] = {
            "name": self.name,
            "friendly_name": self.friendly_name,
            "description": self.description,
            "category": self.category,
            "pins": [pin.to_dict() for pin in self.pins],
            "abi_version": self.abi_version,
        }
        optional = {
            "icon": self.icon,
            "scores": self.scores and self.scores.to_dict(),
            "long_running": self.long_running,
            "docs": self.docs,
            "permissions": [permission(name) for name in self.permissions] or None,
        }
        return told | {name: value for name, value in optional.items() if value is not None}

    def to_json(self) -> str:
        """Give the node as JSON text."""
        return json.dumps(self.to_dict())


@dataclass
class PackageNodes:
    """Several nodes of one module."""

    nodes: list[NodeDefinition] = field(default_factory=list)

    def add_node(self, node: NodeDefinition) -> Self:
        """Add a node."""
        self.nodes.append(node)
        return self

    def to_dict(self) -> list[dict[str, Any]]:
        """Give the nodes as JSON."""
        return [node.to_dict() for node in self.nodes]

    def to_json(self) -> str:
        """Give the nodes as JSON text."""
        return json.dumps(self.to_dict())


def node(
    name: str, friendly_name: str, description: str, category: str, **kwargs: Any
) -> NodeDefinition:
    """Define a node."""
    return NodeDefinition(name, friendly_name, description, category, **kwargs)


def schema_of(model: type) -> str | None:
    """Give a type's JSON Schema as text, or None where it has none."""
    for name in ("model_json_schema", "json_schema"):
        make = getattr(model, name, None)
        if callable(make):
            return json.dumps(make())
    return None
