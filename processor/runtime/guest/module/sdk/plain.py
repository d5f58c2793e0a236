"""A value that is its members."""

import json
from typing import Any, Self

Json = dict[str, Any]


class Plain:
    """A value that is its members, without those that are not set."""

    def to_dict(self) -> Json:
        """Give the value as JSON."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def to_json(self) -> str:
        """Give the value as JSON text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Json) -> Self:
        """Read a value."""
        return cls(**data)

    @classmethod
    def from_json(cls, s: str) -> Self:
        """Read a value's JSON text."""
        return cls.from_dict(json.loads(s))
