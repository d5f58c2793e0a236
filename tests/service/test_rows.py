"""Rows in other spellings, as parts of a form and as answers; bodies that are compressed."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import MultipartWriter
from aiohttp.test_utils import TestClient, TestServer
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.errors import OutputLimit
from processor.formats import MEDIA_TYPES, Spelling
from processor.identity import Callers
from processor.runtime.contract import Exceeded
from processor.service import create_app, rows
from processor.service.parts import OFFICES
from tests.build import COLUMN_X
from tests.fakes import returned
from tests.service.door import BODY_BYTES, Answer, Door, a_body, a_gate

STEP: dict[str, Any] = {"statement": "return []", "output_schema": COLUMN_X}
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
TYPED = {
    "columns": [
        {"name": "id", "type": "Integer", "nullable": False},
        {"name": "ok", "type": "Boolean", "nullable": True},
        {"name": "text", "type": "Text", "nullable": True},
    ]
}


def a_part(name: str, content: bytes | str, media_type: str | None = None, more: str = "") -> bytes:
    kind = f"Content-Type: {media_type}\r\n" if media_type else ""
    head = f'Content-Disposition: form-data; name="{name}"\r\n{kind}{more}\r\n'
    return head.encode() + (content if isinstance(content, bytes) else content.encode())


def a_form(*parts: bytes, boundary: str = "edge") -> bytes:
    line = f"--{boundary}".encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def the_step(**members: Any) -> bytes:
    return a_part("step", json.dumps({**STEP, **members}), JSON)


async def send(
    door: Door, *parts: bytes, headers: dict[str, str] | None = None, boundary: str = "edge"
) -> Answer:
    kind = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
    return await door.run(a_form(*parts, boundary=boundary), {**kind, **(headers or {})})


def pointers(answer: Answer) -> list[str]:
    return [error["pointer"] for error in answer.body["errors"]]


# A form


async def test_a_form_is_the_same_order_as_the_json_body_that_says_the_same(door: Door) -> None:
    inputs = {"DATA_CHECKPOINT": 7, "variables": {"Region": "EU"}}
    primary, secondary = [{"x": 1}], [{"y": "ü"}]

    await send(
        door,
        the_step(branches=["orders"]),
        a_part("inputs", json.dumps(inputs), JSON),
        a_part("INPUT_DATA", json.dumps(primary), JSON),
        a_part("INPUT_DATA2", json.dumps(secondary), JSON),
    )
    body = {
        "step": {**STEP, "branches": ["orders"]},
        "inputs": {**inputs, "INPUT_DATA": primary, "INPUT_DATA2": secondary},
    }
    await door.run(body)

    by_form, by_json = door.runtime.assignments
    assert by_form == by_json


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (JSON, '[{"id":1},{"id":2}]'),
        (NDJSON, '{"id":1}\n{"id":2}\n'),
        ("Application/X-NDJSON; charset=UTF-8", '{"id":1}\r\n\r\n{"id":2}'),
        (CSV, 'id\r\n"1"\r\n2\r\n'),
    ],
)
async def test_rows_come_in_the_spelling_that_their_part_tells(
    door: Door, media_type: str, content: str
) -> None:
    answer = await send(
        door, the_step(input_schema=TYPED), a_part("INPUT_DATA", content, media_type)
    )

    assert answer.body["state"] == "succeeded"
    rows = json.loads(door.runtime.assignments[0].inputs["INPUT_DATA"])
    assert [row["id"] for row in rows] == [1, 2]


async def test_csv_is_typed_by_the_input_schema_that_the_step_holds(door: Door) -> None:
    await send(
        door, the_step(input_schema=TYPED), a_part("INPUT_DATA", "id,ok,text\n7,true,007\n", CSV)
    )

    rows = json.loads(door.runtime.assignments[0].inputs["INPUT_DATA"])
    assert rows == [{"id": 7, "ok": True, "text": "007"}]


async def test_csv_is_typed_by_the_input_schema_that_the_step_names(door: Door) -> None:
    await door.ask("PUT", "/v1/schemas/orders", {"schema": TYPED})

    await send(door, the_step(input_schema="orders"), a_part("INPUT_DATA", "id,ok\n7,false\n", CSV))

    rows = json.loads(door.runtime.assignments[0].inputs["INPUT_DATA"])
    assert (rows[0]["id"], rows[0]["ok"]) == (7, False)


async def test_csv_without_a_schema_is_texts(door: Door) -> None:
    await send(door, the_step(), a_part("INPUT_DATA", "id,ok\n007,\n", CSV))

    rows = json.loads(door.runtime.assignments[0].inputs["INPUT_DATA"])
    assert rows == [{"id": "007", "ok": None}]


async def test_csv_of_a_secondary_input_is_texts_as_the_schema_is_not_its_own(door: Door) -> None:
    await send(
        door,
        the_step(input_schema=TYPED),
        a_part("INPUT_DATA", "id\n1\n", CSV),
        a_part("INPUT_DATA2", "id\n1\n", CSV),
    )

    assert door.runtime.assignments[0].inputs["INPUT_DATA2"] == b'[{"id":"1"}]'


async def test_an_unknown_input_schema_is_told_as_for_json(door: Door) -> None:
    answer = await send(door, the_step(input_schema="nope"), a_part("INPUT_DATA", "id\n1\n", CSV))

    assert (answer.status, answer.body["code"]) == (422, "unknown_schema")
    assert pointers(answer) == ["/step/input_schema"]


async def test_an_input_schema_that_cannot_be_used_fails_the_run_as_for_json(door: Door) -> None:
    wrong = {"columns": [{"name": "x", "type": "Nonsense", "nullable": False}]}

    answer = await send(door, the_step(input_schema=wrong), a_part("INPUT_DATA", "x\n1\n", CSV))

    assert (answer.status, answer.body["error"]["code"]) == (200, "invalid_schema")


async def test_numbers_stay_exact_in_every_spelling(door: Door) -> None:
    large = "9" * 300
    for media_type, content in ((NDJSON, f'{{"id":{large}}}'), (CSV, f"id\n{large}\n")):
        await send(door, the_step(input_schema=TYPED), a_part("INPUT_DATA", content, media_type))

        rows = json.loads(door.runtime.assignments[-1].inputs["INPUT_DATA"])
        assert rows[0]["id"] == int(large)


async def test_many_rows_are_read(door: Door) -> None:
    lines = '{"id":1}\n' * 10_000

    await send(door, the_step(), a_part("INPUT_DATA", lines, NDJSON))

    assert len(json.loads(door.runtime.assignments[0].inputs["INPUT_DATA"])) == 10_000


async def test_commit_false_in_a_form_leaves_the_checkpoint(door: Door) -> None:
    answer = await send(
        door, the_step(id="orders", checkpoint_column="x"), a_part("commit", "false")
    )

    assert answer.body["checkpoint"]["committed"] is False


async def test_parts_that_are_json_need_not_say_so(door: Door) -> None:
    answer = await send(
        door,
        a_part("step", json.dumps(STEP)),
        a_part("inputs", '{"DATA_CHECKPOINT": 3}'),
        a_part("INPUT_DATA", "[]", JSON),
    )

    assert answer.status == 200
    assert door.runtime.assignments[0].inputs["DATA_CHECKPOINT"] == b"3"


async def test_a_form_made_by_a_client_library_is_read(door: Door) -> None:
    with MultipartWriter("form-data") as writer:
        for name, content, kind in (
            ("step", json.dumps(STEP), JSON),
            ("INPUT_DATA", '{"a":"ü"}', NDJSON),
        ):
            part = writer.append(content.encode(), {"Content-Type": kind})
            part.set_content_disposition("form-data", name=name, filename="rows; name=x")
    async with door.client.post("/v1/runs", data=writer) as response:
        assert response.status == 200

    assert door.runtime.assignments[0].inputs["INPUT_DATA"] == '[{"a":"ü"}]'.encode()


async def test_what_stands_before_and_behind_a_form_is_no_part_of_it(door: Door) -> None:
    body = b"before\r\n" + a_form(the_step()) + b"behind"

    answer = await door.run(body, {"Content-Type": "multipart/form-data; boundary=edge"})

    assert answer.status == 200


async def test_a_part_may_hold_what_looks_like_a_boundary_to_others(door: Door) -> None:
    rows = '{"a":"x"}\r\n{"a":"--edge"}'

    await send(door, the_step(), a_part("INPUT_DATA", rows, NDJSON), boundary="edges")

    assert json.loads(door.runtime.assignments[0].inputs["INPUT_DATA"])[1] == {"a": "--edge"}


# A form with a mistake


@pytest.mark.parametrize(
    ("parts", "status", "code", "pointer"),
    [
        ([], 400, "invalid_request", "/step"),
        ([the_step(), a_part("other", "1")], 400, "invalid_request", "/other"),
        ([the_step(), a_part("a/b~c", "1")], 400, "invalid_request", "/a~1b~0c"),
        ([the_step(), a_part("INPUT_DATA_2", "[]", JSON)], 400, "invalid_request", "/INPUT_DATA_2"),
        ([the_step(), the_step()], 400, "invalid_request", "/step"),
        ([the_step(), *[a_part("INPUT_DATA", "[]", JSON)] * 2], 400, "invalid_request",
         "/inputs/INPUT_DATA"),
        ([the_step(), a_part("inputs", '{"INPUT_DATA":[]}'), a_part("INPUT_DATA", "[]", JSON)],
         400, "invalid_request", "/inputs/INPUT_DATA"),
        ([the_step(), a_part("INPUT_DATA1", "[]", JSON)], 400, "invalid_request",
         "/inputs/INPUT_DATA1"),
        ([the_step(branches=["a"]), a_part("INPUT_DATA3", "[]", JSON)], 400, "invalid_request",
         "/inputs/INPUT_DATA3"),
        ([the_step(), a_part("INPUT_DATA", "{}", JSON)], 400, "invalid_request",
         "/inputs/INPUT_DATA"),
        ([the_step(), a_part("INPUT_DATA", "[", JSON)], 400, "invalid_request",
         "/inputs/INPUT_DATA"),
        ([the_step(), a_part("commit", "1")], 400, "invalid_request", "/commit"),
        ([a_part("step", "{")], 400, "invalid_request", "/step"),
        ([a_part("step", "[" * 50_000)], 400, "invalid_request", "/step"),
        ([the_step(), a_part("inputs", "[]")], 400, "invalid_request", "/inputs"),
        ([the_step(), a_part("inputs", "[]"), a_part("INPUT_DATA", "[]", JSON)], 400,
         "invalid_request", "/inputs"),
        ([the_step(input_schema=5), a_part("INPUT_DATA", "a\n1", CSV)], 400, "invalid_request",
         "/step/input_schema"),
        ([the_step(), a_part("INPUT_DATA", "[]")], 415, "unsupported_media_type",
         "/inputs/INPUT_DATA"),
        ([the_step(), a_part("INPUT_DATA", "[]", "text/plain")], 415, "unsupported_media_type",
         "/inputs/INPUT_DATA"),
        ([a_part("step", "{}", "text/plain")], 415, "unsupported_media_type", "/step"),
        ([the_step(), a_part("INPUT_DATA", '{"a":1}\n[]', NDJSON)], 422, "input_mismatch",
         "/inputs/INPUT_DATA/1"),
        ([the_step(), a_part("INPUT_DATA", "a,b\n1,2\n1", CSV)], 422, "input_mismatch",
         "/inputs/INPUT_DATA/1"),
        ([the_step(), a_part("INPUT_DATA", b"a\n\xff", CSV)], 422, "input_mismatch",
         "/inputs/INPUT_DATA/0"),
    ],
)  # fmt: skip
async def test_a_mistake_in_a_part_is_pointed_at(
    door: Door, parts: list[bytes], status: int, code: str, pointer: str
) -> None:
    answer = await send(door, *parts)

    assert (answer.status, answer.body["code"], pointers(answer)) == (status, code, [pointer])
    assert door.runtime.assignments == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("step", json.dumps(STEP) + ',"commit":false'),
        ("commit", 'true,"inputs":{}'),
        ("INPUT_DATA", '[],"DATA_CHECKPOINT":5'),
    ],
)
async def test_a_part_cannot_say_more_than_its_own_place(
    door: Door, name: str, content: str
) -> None:
    parts = {"step": the_step(), name: a_part(name, content, JSON)}

    answer = await send(door, *parts.values())

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert door.runtime.assignments == []


async def test_a_mistake_in_csv_names_its_line(door: Door) -> None:
    answer = await send(door, the_step(), a_part("INPUT_DATA", "a,b\n1,2\n\n1\n", CSV))

    assert "line 4" in answer.body["errors"][0]["message"]


@pytest.mark.parametrize(
    "more",
    ["Content-Encoding: gzip\r\n", "Content-Transfer-Encoding: base64\r\n"],
)
async def test_a_part_that_is_coded_is_refused(door: Door, more: str) -> None:
    answer = await send(door, the_step(), a_part("INPUT_DATA", "[]", JSON, more))

    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")


async def test_a_part_in_another_character_set_is_refused(door: Door) -> None:
    answer = await send(
        door, the_step(), a_part("INPUT_DATA", "a\nx", "text/csv; charset=windows-1250")
    )

    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", a_form(the_step())),
        ("multipart/form-data; boundary=", a_form(the_step())),
        ("multipart/form-data; boundary=" + "x" * 71, a_form(the_step())),
        ("multipart/form-data; boundary=other", a_form(the_step())),
        ("multipart/form-data; boundary=edge", b""),
        ("multipart/form-data; boundary=edge", a_form(the_step())[:-4]),
        ("multipart/form-data; boundary=edge", a_form(the_step()).replace(b"\r\n", b"\n")),
        ("multipart/form-data; boundary=edge", a_form(b"no headers")),
        ("multipart/form-data; boundary=edge", a_form(b"\r\nno name")),
        ("multipart/form-data; boundary=edge", a_form(b"Content-Type: text/csv\r\n\r\n")),
        ("multipart/form-data; boundary=edge", a_form(a_part("x" * 9000, "1"))),
    ],
)
async def test_what_is_no_form_is_refused(door: Door, content_type: str, body: bytes) -> None:
    answer = await door.run(body, {"Content-Type": content_type})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


async def test_a_form_has_no_more_parts_than_are_read(door: Door) -> None:
    answer = await send(door, *[a_part("x", "")] * 101)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert "at most 100 parts" in answer.body["detail"]


pieces = st.lists(
    st.sampled_from(
        [b"--edge", b"--edge--", b"\r\n", b"--", b": ", b'name="step"', b"*0=", b"%", b'"', b";",
         b"Content-Disposition: form-data; ", b"Content-Type: ", b"{}", b"\xff\x00", b"\xc3\xa9",
         the_step()]
    ),
    max_size=20,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pieces=pieces)
async def test_no_form_however_odd_is_our_fault(door: Door, pieces: list[bytes]) -> None:
    body = b"--edge\r\n" + b"".join(pieces) + b"\r\n--edge--"

    answer = await door.run(body, {"Content-Type": "multipart/form-data; boundary=edge"})

    assert answer.status < 500


@pytest.mark.parametrize(
    "origin",
    [
        "http://elsewhere.example",
        "null",
        "",
        "https://{host}.elsewhere.example",
        "http://127.0.0.1",
    ],
)
async def test_a_page_of_another_host_may_send_no_form(door: Door, origin: str) -> None:
    sent = {"Origin": origin.format(host=door.client.host)}

    answer = await send(door, the_step(), headers=sent)

    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")
    assert door.runtime.assignments == []


async def test_a_page_of_the_service_itself_may_send_a_form(door: Door) -> None:
    origin = f"http://{door.client.host}:{door.client.port}"

    assert (await send(door, the_step(), headers={"Origin": origin})).status == 200


async def test_the_parts_of_a_form_are_bounded_together(door: Door) -> None:
    half = "[" + " " * (BODY_BYTES // 2) + "]"

    answer = await send(
        door, the_step(), a_part("INPUT_DATA", half, JSON), a_part("INPUT_DATA2", half, JSON)
    )

    assert (answer.status, answer.body["code"]) == (413, "too_large")


# A form and Idempotency-Key

ONCE = {"Idempotency-Key": "once"}


async def test_a_form_that_is_repeated_with_another_boundary_is_the_same_request(
    door: Door,
) -> None:
    parts = (the_step(), a_part("INPUT_DATA", "x\n1\n", CSV))
    first = await send(door, *parts, headers=ONCE)

    again = await send(door, *parts, headers=ONCE, boundary="another")

    assert (again.status, again.content) == (200, first.content)
    assert len(door.runtime.assignments) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([("INPUT_DATA", "x\n1\n", CSV)], [("INPUT_DATA", "x\n2\n", CSV)]),
        ([("INPUT_DATA", "x\n1\n", CSV)], [("INPUT_DATA2", "x\n1\n", CSV)]),
        ([("INPUT_DATA", "", CSV)], [("INPUT_DATA", "", NDJSON)]),
        (
            [("INPUT_DATA", "x\n", CSV), ("INPUT_DATA2", "y\n", CSV)],
            [("INPUT_DATA", "x\nINPUT_DATA2text/csvy\n", CSV)],
        ),
    ],
    ids=["content", "name", "media type", "where a part ends"],
)
async def test_a_form_that_differs_anywhere_is_another_request(
    door: Door, first: list[tuple[str, str, str]], second: list[tuple[str, str, str]]
) -> None:
    await send(door, the_step(), *(a_part(*part) for part in first), headers=ONCE)

    answer = await send(door, the_step(), *(a_part(*part) for part in second), headers=ONCE)

    assert (answer.status, answer.body["code"]) == (422, "idempotency_key_reused")
    assert len(door.runtime.assignments) == 1


# Rows alone

ROWS = [{"x": 1}, {"x": 2}]
SPELLED = {
    JSON: (JSON, b'[{"x":1},{"x":2}]'),
    NDJSON: (NDJSON, b'{"x":1}\n{"x":2}\n'),
    CSV: ("text/csv; charset=utf-8", b"x\r\n1\r\n2\r\n"),
}


@pytest.mark.parametrize("media_type", SPELLED)
async def test_the_rows_of_a_run_are_given_in_the_form_that_was_asked_for(
    door: Door, media_type: str
) -> None:
    door.runtime.report = returned(ROWS)
    run_id = (await door.run()).body["id"]

    answer = await door.ask("GET", f"/v1/runs/{run_id}/rows", headers={"Accept": media_type})

    assert (answer.headers["Content-Type"], answer.content) == SPELLED[media_type]
    assert (answer.status, answer.headers["Vary"]) == (200, "Accept")
    assert (answer.headers["Processor-Run-Id"], answer.headers["Processor-Status"]) == (
        run_id,
        "200",
    )


async def test_rows_are_json_where_nothing_else_is_asked_for(door: Door) -> None:
    run_id = (await door.run()).body["id"]

    answer = await door.ask("GET", f"/v1/runs/{run_id}/rows")

    assert answer.body == [{"x": 1}]


async def test_a_form_that_rows_do_not_have_is_refused_and_theirs_are_named(door: Door) -> None:
    run_id = (await door.run()).body["id"]

    answer = await door.ask("GET", f"/v1/runs/{run_id}/rows", headers={"Accept": "image/png"})

    assert (answer.status, answer.body["code"]) == (406, "not_acceptable")
    for media_type in SPELLED:
        assert media_type in answer.body["detail"]


async def test_a_failed_run_has_no_rows(door: Door) -> None:
    door.runtime.report = Exceeded(limit="wall_seconds")
    run_id = (await door.run()).body["id"]

    answer = await door.ask("GET", f"/v1/runs/{run_id}/rows")

    assert (answer.status, answer.body["code"]) == (409, "no_rows")
    assert "failed" in answer.body["detail"]
    assert "Retry-After" not in answer.headers


async def test_a_run_that_is_under_way_has_no_rows_yet(door: Door) -> None:
    gate = a_gate(door)
    location = (await door.run(headers={"Prefer": "respond-async"})).headers["Location"]

    answer = await door.ask("GET", f"{location}/rows")
    gate.set()

    assert (answer.status, answer.body["code"]) == (409, "no_rows")
    assert answer.headers["Retry-After"] == "1"


async def test_the_rows_of_an_unknown_run_are_not_found(door: Door) -> None:
    answer = await door.ask("GET", "/v1/runs/none/rows")

    assert (answer.status, answer.body["code"]) == (404, "unknown_run")


@pytest.mark.parametrize("media_type", [NDJSON, CSV])
async def test_a_run_is_answered_with_its_rows_alone_where_that_was_asked_for(
    door: Door, media_type: str
) -> None:
    door.runtime.report = returned(ROWS)

    answer = await door.run(headers={"Accept": media_type})

    assert (answer.headers["Content-Type"], answer.content) == SPELLED[media_type]
    shown = await door.ask("GET", f"/v1/runs/{answer.headers['Processor-Run-Id']}")
    assert shown.body["rows"] == ROWS


async def test_no_rows_are_still_a_table_with_the_schema_s_columns(door: Door) -> None:
    door.runtime.report = returned([])

    answer = await door.run(headers={"Accept": CSV})

    assert (answer.content, answer.headers["Processor-Status"]) == (b"x\r\n", "201")


async def test_csv_has_the_columns_in_the_order_of_a_named_schema(door: Door) -> None:
    await door.ask("PUT", "/v1/schemas/orders", {"schema": TYPED})
    door.runtime.report = returned([{"text": "a", "ok": None, "id": 1}])

    answer = await door.run(headers={"Accept": CSV}, output_schema="orders")

    assert answer.content == b"id,ok,text\r\n1,,a\r\n"


@pytest.mark.parametrize("rows", [[], [{"text": "a", "ok": None, "id": 1}]])
async def test_csv_of_a_run_has_the_columns_of_the_schema_that_it_had(
    door: Door, rows: list[Any]
) -> None:
    await door.ask("PUT", "/v1/schemas/orders", {"schema": TYPED})
    door.runtime.report = returned(rows)
    run = await door.run(output_schema="orders")
    await door.ask("PUT", "/v1/schemas/orders", {"schema": COLUMN_X})

    answer = await door.ask("GET", f"/v1/runs/{run.body['id']}/rows", headers={"Accept": CSV})

    assert answer.content == b"id,ok,text\r\n" + b"1,,a\r\n" * len(rows)


@pytest.mark.parametrize("accept", ["*/*", JSON, "image/png", "text/csv;q=0.5, application/json"])
async def test_a_run_is_answered_as_json_otherwise(door: Door, accept: str) -> None:
    answer = await door.run(headers={"Accept": accept})

    assert (answer.status, answer.body["state"]) == (200, "succeeded")


async def test_a_run_that_failed_is_answered_as_json_whatever_was_asked_for(door: Door) -> None:
    door.runtime.report = Exceeded(limit="wall_seconds")

    answer = await door.run(headers={"Accept": CSV})

    assert (answer.status, answer.body["error"]["code"]) == (200, "wall_limit")


async def test_a_run_that_has_not_ended_is_answered_as_json_whatever_was_asked_for(
    door: Door,
) -> None:
    gate = a_gate(door)

    answer = await door.run(headers={"Accept": CSV, "Prefer": "wait=0"})
    gate.set()

    assert (answer.status, answer.body["state"]) == (202, "running")


async def test_a_repeated_request_is_answered_in_the_form_that_it_asks_for(door: Door) -> None:
    await door.run(headers=ONCE)

    answer = await door.run(headers={**ONCE, "Accept": NDJSON})

    assert answer.content == b'{"x":1}\n'
    assert len(door.runtime.assignments) == 1


async def test_rows_that_are_too_large_as_csv_are_answered_as_json(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(_rows: bytes, _schema: object) -> bytes:
        raise OutputLimit("as CSV the rows are too large")

    spellings = {**MEDIA_TYPES, CSV: Spelling(MEDIA_TYPES[CSV].read, too_large)}
    monkeypatch.setattr(rows, "MEDIA_TYPES", spellings)

    answer = await door.run(headers={"Accept": CSV})
    alone = await door.ask("GET", f"/v1/runs/{answer.body['id']}/rows", headers={"Accept": CSV})

    assert (answer.status, answer.body["rows"]) == (200, [{"x": 1}])
    assert (alone.status, alone.body["code"]) == (406, "not_acceptable")


# Compressed bodies

LARGE_BODY = 20 << 20


@asynccontextmanager
async def roomy(door: Door) -> AsyncIterator[Door]:
    """The same service with a limit on bodies that leaves the one on bombs to be tested."""
    offices, callers = door.client.app[OFFICES], Callers(door.store.keys)
    app = create_app(offices, callers, body_bytes=LARGE_BODY, bodies_bytes=LARGE_BODY)
    async with TestClient(TestServer(app)) as client:
        yield replace(door, client=client)


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("coding", COMPRESSED)
async def test_a_compressed_form_is_read(door: Door, coding: str) -> None:
    kind = "multipart/form-data; boundary=edge"
    body = COMPRESSED[coding](a_form(the_step(), a_part("INPUT_DATA", "[]", JSON)))

    answer = await door.run(body, {"Content-Type": kind, "Content-Encoding": coding})

    assert answer.status == 200


@pytest.mark.parametrize("coding", COMPRESSED)
async def test_a_compressed_body_is_read(door: Door, coding: str) -> None:
    body = COMPRESSED[coding](json.dumps(a_body()).encode())

    assert (await door.run(body, {"Content-Encoding": coding})).status == 200


@pytest.mark.parametrize("coding", COMPRESSED)
async def test_a_bomb_is_refused_at_the_limit_on_bodies(door: Door, coding: str) -> None:
    bomb = COMPRESSED[coding](b" " * (50 << 20))
    assert len(bomb) < BODY_BYTES

    answer = await door.run(bomb, {"Content-Encoding": coding})

    assert (answer.status, answer.body["code"]) == (413, "too_large")
    assert (await door.run()).status == 200


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_a_bomb_below_the_limit_is_refused_by_how_much_comes_out_of_it(
    door: Door, coding: str
) -> None:
    body = json.dumps(a_body()).encode() + b" " * (LARGE_BODY - 1000)
    bomb = COMPRESSED[coding](body)
    assert len(body) > 1000 * len(bomb)

    async with roomy(door) as larger:
        answer = await larger.run(bomb, {"Content-Encoding": coding})

    assert (answer.status, answer.body["code"]) == (413, "too_large")
    assert "1,000 times" in answer.body["detail"]


async def test_a_small_body_may_be_compressed_to_however_little(door: Door) -> None:
    body = json.dumps(a_body()).encode() + b" " * 1_000_000
    compressed = zstd.compress(body)
    assert len(body) > 1000 * len(compressed)

    async with roomy(door) as larger:
        answer = await larger.run(compressed, {"Content-Encoding": "zstd"})

    assert answer.status == 200


async def test_a_large_body_that_is_compressed_by_less_is_read(door: Door) -> None:
    rows = [{"x": number} for number in range(300_000)]
    body = json.dumps({**a_body(), "inputs": {"INPUT_DATA": rows}}).encode()

    async with roomy(door) as larger:
        answer = await larger.run(zstd.compress(body), {"Content-Encoding": "zstd"})

    assert answer.status == 200


async def test_a_bomb_in_pieces_is_refused_too(door: Door) -> None:
    bomb = zstd.compress(b" " * LARGE_BODY)

    async def in_pieces() -> AsyncIterator[bytes]:
        for number in range(len(bomb)):
            yield bomb[number : number + 1]
            await asyncio.sleep(0)

    headers = {"Content-Type": JSON, "Content-Encoding": "zstd"}
    async with (
        roomy(door) as larger,
        larger.client.post("/v1/runs", data=in_pieces(), headers=headers) as response,
    ):
        assert response.status == 413


@pytest.mark.parametrize("coding", ["nonsense", "gzip, gzip", "zstd, gzip"])
async def test_a_coding_that_is_not_read_is_told_with_those_that_are(
    door: Door, coding: str
) -> None:
    answer = await door.run(b"...", {"Content-Encoding": coding})

    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")
    assert "gzip, deflate, zstd" in answer.body["detail"]


# Arrow, where the deployment has not its environment

ARROW = "application/vnd.apache.arrow.stream"


async def test_without_the_environment_for_arrow_it_is_no_form_of_an_answer(door: Door) -> None:
    run = await door.run(headers={"Accept": ARROW})
    alone = await door.ask("GET", f"/v1/runs/{run.body['id']}/rows", headers={"Accept": ARROW})

    assert (run.body["state"], alone.status) == ("succeeded", 406)
    assert "arrow" not in alone.body["detail"]


async def test_without_the_environment_for_arrow_it_is_no_form_of_rows(door: Door) -> None:
    answer = await send(door, the_step(), a_part("INPUT_DATA", b"\xff", ARROW))

    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")
