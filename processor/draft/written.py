"""A step as a file that people change: a member a line, and of a schema a column a line."""

from collections.abc import Mapping

import msgspec

from processor.values import Json


def written_step(members: Mapping[str, Json]) -> str:
    r"""
    Write a step's members.

    >>> written_step({"id": "a", "output_schema": {"columns": [{"name": "x"}]}})
    '{\n  "id": "a",\n  "output_schema": {"columns": [\n    {"name":"x"}\n  ]}\n}\n'
    """
    lines = ",\n".join(f"  {_json(name)}: {_member(value)}" for name, value in members.items())
    return f"{{\n{lines}\n}}\n"


def _member(value: Json) -> str:
    match value:
        case {"columns": [*columns], **rest} if columns and not rest:
            lines = ",\n".join(f"    {_json(column)}" for column in columns)
            return f'{{"columns": [\n{lines}\n  ]}}'
        case _:
            return _json(value)


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode()
