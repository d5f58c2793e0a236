"""The two statements that convert rows; ours, and run as an author's are."""

from typing import Final

IMPORTS: Final = frozenset({"base64", "io", "json", "pyarrow"})

READ: Final = """
import base64
import pyarrow

pyarrow.set_cpu_count(1)
content = base64.b64decode(INPUT_DATA[0]["content"])
with pyarrow.ipc.open_stream(pyarrow.py_buffer(content)) as batches:
    names = batches.schema.names
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"the column {twice[0]!r} stands twice")
    for batch in batches:
        batch.validate(full=True)  # what a stream says of its own lengths is not believed
        for start in range(0, batch.num_rows, 1000):
            for row in batch.slice(start, 1000).to_pylist():
                yield row
"""
"""INPUT_DATA has one row, whose `content` is a stream in Base64; gives its rows."""

WRITE: Final = """
import base64
import io
import json
import pyarrow

TYPES = {
    "Integer": pyarrow.int64(),
    "Double": pyarrow.float64(),
    "Boolean": pyarrow.bool_(),
    "Text": pyarrow.string(),
    "Date": pyarrow.string(),
    "Base64": pyarrow.string(),
}
KINDS = {int: "Integer", float: "Double", bool: "Boolean", str: "Text"}
PART = 600_000

declared = dict(LocalVariable["columns"])
names = list(dict.fromkeys([*declared, *(name for row in INPUT_DATA for name in row)]))


def kind_of(values):
    kinds = {type(value) for value in values if value is not None}
    return KINDS.get(kinds.pop()) if len(kinds) == 1 else None


def as_json(value):
    return None if value is None else json.dumps(value, ensure_ascii=False)


def column(name):
    values = [row.get(name) for row in INPUT_DATA]
    kind = declared.get(name) or kind_of(values)
    if kind in TYPES:
        return pyarrow.array(values, TYPES[kind])
    return pyarrow.array([as_json(value) for value in values], pyarrow.string())


table = pyarrow.table([column(name) for name in names], names)
sink = io.BytesIO()
with pyarrow.ipc.new_stream(sink, table.schema) as stream:
    stream.write_table(table)
content = sink.getvalue()
for start in range(0, len(content), PART):
    yield {"part": base64.b64encode(content[start : start + PART]).decode()}
"""
"""INPUT_DATA has the rows, LocalVariable["columns"] the declared ones; gives a stream in parts."""
