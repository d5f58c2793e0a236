"""The schema repository over HTTP."""

from typing import Any

import pytest

from tests.build import COLUMN_X
from tests.service.door import Door

HERE = "/v1/schemas/orders"
COLUMN_Y = {"columns": [{"name": "y", "type": "Text", "nullable": True}]}


async def test_a_schema_is_given_as_it_was_put(door: Door) -> None:
    put = await door.ask("PUT", HERE, {"schema": COLUMN_X})

    answer = await door.ask("GET", HERE)

    assert (put.status, answer.status) == (200, 200)
    assert put.body == answer.body == {"name": "orders", "schema": COLUMN_X}


async def test_a_schema_takes_the_place_of_an_earlier_one(door: Door) -> None:
    await door.ask("PUT", HERE, {"schema": COLUMN_X})
    await door.ask("PUT", HERE, {"schema": COLUMN_Y})

    assert (await door.ask("GET", HERE)).body["schema"] == COLUMN_Y


async def test_a_step_is_checked_by_the_schema_that_it_names(door: Door) -> None:
    await door.ask("PUT", HERE, {"schema": COLUMN_Y})

    run = (await door.run(output_schema="orders")).body

    assert run["error"]["code"] == "output_mismatch"


async def test_a_schema_that_ships_with_the_service_is_given(door: Door) -> None:
    door.shipped.mkdir()
    door.shipped.joinpath("shipped.json").write_text('{"columns": []}')

    answer = await door.ask("GET", "/v1/schemas/shipped")

    assert answer.body == {"name": "shipped", "schema": {"columns": []}}


async def test_an_unknown_name_is_not_found(door: Door) -> None:
    answer = await door.ask("GET", HERE)

    assert (answer.status, answer.body["code"]) == (404, "unknown_schema")


@pytest.mark.parametrize("name", ["-a", ".a", "a%2Fb", "%2E%2E%2Fa", "a%20b", "%C3%BC", "a" * 129])
async def test_a_bad_name_is_refused(door: Door, name: str) -> None:
    for answer in (
        await door.ask("GET", f"/v1/schemas/{name}"),
        await door.ask("PUT", f"/v1/schemas/{name}", {"schema": COLUMN_X}),
    ):
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/name")


@pytest.mark.parametrize("name", ["a", "A.b-c_1", "0", "a" * 128])
async def test_a_good_name_is_taken(door: Door, name: str) -> None:
    answer = await door.ask("PUT", f"/v1/schemas/{name}", {"schema": COLUMN_X})

    assert (answer.status, answer.body["name"]) == (200, name)


@pytest.mark.parametrize(
    "schema",
    [
        {"columns": [{"name": "x", "type": "Nonsense"}]},
        {"columns": 5},
        {"type": 5},
        {"type": "array", "items": {"$ref": "https://example.org/schema"}},
    ],
)
async def test_a_schema_that_cannot_be_used_is_not_kept(door: Door, schema: Any) -> None:
    answer = await door.ask("PUT", HERE, {"schema": schema})

    assert (answer.status, answer.body["code"]) == (422, "invalid_schema")
    assert (await door.ask("GET", HERE)).status == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/schema"),
        ({"schema": "orders"}, "/schema"),
        ({"schema": {}, "name": "orders"}, "/name"),
        (COLUMN_X, "/columns"),
    ],
)
async def test_a_bad_body_is_pointed_at(door: Door, body: Any, pointer: str) -> None:
    answer = await door.ask("PUT", HERE, body)

    assert answer.status == 400
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
