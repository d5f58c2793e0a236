"""The values that cross every stage: JSON, and rows made of it."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
else:
    Json: TypeAlias = Any  # a type that names itself cannot be decoded into

Row: TypeAlias = dict[str, Json]
"""One JSON object, in INPUT_DATA or returned."""

Rows: TypeAlias = list[Row]
