"""The values that cross every stage: JSON, and rows made of it."""

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

Row: TypeAlias = dict[str, Json]
"""One JSON object, in INPUT_DATA or returned."""

Rows: TypeAlias = list[Row]
