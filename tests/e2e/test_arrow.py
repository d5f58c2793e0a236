"""Rows as Arrow through the served door, both ways."""

import json
from pathlib import Path

from tests.arrow.streams import a_stream, built, read
from tests.served import served

ARROW = "application/vnd.apache.arrow.stream"
STEP = {
    "statement": "return [{'n': row['n'] * 2, 'day': row['day']} for row in INPUT_DATA]",
    "output_schema": {
        "columns": [
            {"name": "day", "type": "Date", "nullable": True},
            {"name": "n", "type": "Integer", "nullable": False},
        ]
    },
}


def a_form(stream: bytes) -> bytes:
    parts = [("step", "application/json", json.dumps(STEP).encode()), ("INPUT_DATA", ARROW, stream)]
    form = b""
    for name, kind, content in parts:
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n'
        head += f"Content-Type: {kind}\r\n\r\n"
        form += head.encode() + content + b"\r\n"
    return form + b"--edge--\r\n"


def test_rows_come_and_go_as_arrow(tmp_path: Path) -> None:
    built()
    stream = a_stream('pa.table({"n": [1, 2], "day": [datetime.date(2024, 1, 31), None]})')
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    with served(tmp_path) as service:
        run = service.request("POST", "/v1/runs", a_form(stream), headers).body
        path = f"/v1/runs/{run['id']}/rows"
        with service.stream("GET", path, None, {"Accept": ARROW}) as answer:
            told = read(answer.read())
        broken = service.request("POST", "/v1/runs", a_form(stream[:300]), headers)

    assert run["rows"] == [{"n": 2, "day": "2024-01-31"}, {"n": 4, "day": None}]
    assert (told["types"], told["rows"]) == (
        {"day": "string", "n": "int64"},
        [{"day": "2024-01-31", "n": 2}, {"day": None, "n": 4}],
    )
    assert (broken.status, broken.body["code"]) == (422, "input_mismatch")
