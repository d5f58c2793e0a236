"""What pins carry and how many of it; what a node costs and risks."""

from dataclasses import dataclass
from typing import ClassVar


class PinType:
    """What a pin carries."""

    EXEC = "Exec"
    STRING = "String"
    I64 = "I64"
    F64 = "F64"
    BOOL = "Bool"
    GENERIC = "Generic"
    BYTES = "Bytes"
    DATE = "Date"
    PATH_BUF = "PathBuf"
    STRUCT = "Struct"
    GEOMETRY = "Geometry"

    _NAMES: ClassVar[tuple[str, ...]] = (
        EXEC, STRING, I64, F64, BOOL, GENERIC, BYTES, DATE, PATH_BUF, STRUCT, GEOMETRY,
    )  # fmt: skip

    @classmethod
    def validate(cls, data_type: str) -> str:
        """Give the type back; raises ValueError where there is none of that name."""
        if data_type not in cls._NAMES:
            names = ", ".join(cls._NAMES)
            raise ValueError(f"Invalid pin data type: {data_type}. Must be one of: {names}")
        return data_type


DataType = PinType


class ValueType:
    """How many values a pin carries."""

    NORMAL = "Normal"
    ARRAY = "Array"
    HASH_MAP = "HashMap"
    HASH_SET = "HashSet"

    _NAMES: ClassVar[tuple[str, ...]] = (NORMAL, ARRAY, HASH_MAP, HASH_SET)

    @classmethod
    def validate(cls, value_type: str) -> str:
        """Give the type back; raises ValueError where there is none of that name."""
        if value_type not in cls._NAMES:
            names = ", ".join(cls._NAMES)
            raise ValueError(f"Invalid value type: {value_type}. Must be one of: {names}")
        return value_type


@dataclass
class NodeScores:
    """What a node costs and risks, each from 0 to 10."""

    privacy: int = 0
    security: int = 0
    performance: int = 0
    governance: int = 0
    reliability: int = 0
    cost: int = 0

    def to_dict(self) -> dict[str, int]:
        """Give the scores as JSON."""
        return dict(vars(self))
