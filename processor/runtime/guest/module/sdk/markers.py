"""How a class declares its pins."""

from dataclasses import dataclass
from typing import Any


class Exec:
    """The annotation of a pin that the flow runs through."""


@dataclass
class Input:
    """Declares a pin that a value comes in at."""

    default: Any = None
    default_factory: Any = None
    title: str | None = None
    description: str | None = None
    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None
    options: list[str] | None = None
    sensitive: bool = False
    pin_name: str | None = None
    value_type: str | None = None
    schema: str | None = None

    def initial(self) -> Any:
        """Give the default, made afresh."""
        return self.default_factory() if self.default_factory is not None else self.default


@dataclass
class Output:
    """Declares a pin that a value goes out at."""

    title: str | None = None
    description: str | None = None
    pin_name: str | None = None
    value_type: str | None = None
    schema: str | None = None


@dataclass
class ExecInput:
    """Declares a pin that starts the node."""

    pin_name: str | None = None
    description: str | None = None


@dataclass
class ExecOutput:
    """Declares a pin that the flow continues at."""

    pin_name: str | None = None
    description: str | None = None
