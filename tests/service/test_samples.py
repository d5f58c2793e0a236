"""What authors ask of rows, at the door."""

import asyncio
from typing import Any

import pytest

from processor.service import samples
from tests.service.door import Door

ONE = {"id": 1, "n": 1}


# POST /v1/diff


async def test_rows_are_compared_by_the_key_that_is_found(door: Door) -> None:
    body = {"before": [{"id": 1, "n": 1}, {"id": 2, "n": 2}], "after": [{"id": 2, "n": 2.5}]}

    answer = await door.ask("POST", "/v1/diff", body)

    assert answer.status == 200
    change = {
        "row": 1,
        "key": "2",
        "before": {"value": 2, "type": "integer"},
        "after": {"value": 2.5, "type": "number"},
    }
    assert answer.body == {
        "equal": False,
        "before": {"row_count": 2},
        "after": {"row_count": 1},
        "key": ["id"],
        "columns": [{"column": "n", "differing": 1, "examples": [change]}],
        "removed_rows": {"count": 1, "first": 0, "examples": [{"id": 1, "n": 1}]},
        "added_rows": {"count": 0, "first": None, "examples": []},
        "changed_rows": 1,
        "same_rows": 0,
        "repeated_keys": 0,
    }


async def test_an_empty_key_compares_by_position(door: Door) -> None:
    answer = await door.ask("POST", "/v1/diff", {"before": [ONE], "after": [ONE], "key": []})

    assert (answer.body["equal"], answer.body["key"]) == (True, None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"before": []}, "/after"),
        ({"before": [1], "after": []}, "/before/0"),
        ({"before": [ONE], "after": [], "key": ["x"]}, "/key/0"),
        ({"before": [], "after": [], "more": 1}, "/more"),
        (b"[" * 100_000, ""),
        (b'{"before": [' + b'{"a":' * 9000 + b"1" + b"}" * 9000 + b'], "after": []}', ""),
    ],
)
async def test_what_is_no_pair_of_rows_is_refused_with_a_pointer(
    door: Door, body: Any, pointer: str
) -> None:
    answer = await door.ask("POST", "/v1/diff", body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


# Whatever is asked


async def test_a_body_is_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_BYTES", 10)

    answer = await door.ask("POST", "/v1/diff", {"before": [], "after": []})

    assert (answer.status, answer.body["code"]) == (413, "too_large")


async def test_who_finds_too_many_waiting_is_sent_away(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def stuck(*_: Any) -> bytes:
        await gate.wait()
        return b"{}"

    monkeypatch.setattr(asyncio, "to_thread", stuck)
    asked = [
        asyncio.get_running_loop().create_task(
            door.ask("POST", "/v1/diff", {"before": [], "after": []})
        )
        for _ in range(4)
    ]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    answers = await asyncio.gather(*asked)

    assert [task.result().status for task in done] == [429]
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 429]


# POST /v1/infer-schema


async def test_a_schema_is_inferred_with_what_was_seen(door: Door) -> None:
    rows = [{"id": 1, "day": "31.12.2024"}]

    answer = await door.ask("POST", "/v1/infer-schema", {"rows": rows})

    assert answer.status == 200
    assert answer.body["schema"] == {
        "columns": [
            {"name": "id", "type": "Integer", "nullable": False},
            {"name": "day", "type": "Text", "nullable": False},
        ]
    }
    assert (answer.body["row_count"], answer.body["difference"]) == (1, None)
    assert answer.body["columns"][1]["date_patterns"] == ["dd.MM.yyyy"]


async def test_a_declared_schema_is_compared_by_value_or_by_name(door: Door) -> None:
    declared = {"columns": [{"name": "id", "type": "Text", "nullable": False}]}
    await door.ask("PUT", "/v1/schemas/mine", {"schema": declared})

    for each in (declared, "mine"):
        answer = await door.ask("POST", "/v1/infer-schema", {"rows": [{"id": 1}], "declared": each})
        (difference,) = answer.body["difference"]
        assert difference == {
            "column": "id",
            "what": "type",
            "severity": "error",
            "declared": "Text",
            "inferred": "Integer",
            "message": "'id' is declared Text, and the rows have Integer",
        }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"rows": []}, 400, "invalid_request"),
        ({"rows": [1]}, 400, "invalid_request"),
        ({"rows": [{"": 1}]}, 400, "invalid_request"),
        ({"rows": [ONE], "declared": "nobody"}, 422, "unknown_schema"),
        ({"rows": [ONE], "declared": {"columns": []}}, 422, "invalid_schema"),
    ],
)
async def test_what_has_no_schema_is_refused(door: Door, body: Any, status: int, code: str) -> None:
    answer = await door.ask("POST", "/v1/infer-schema", body)

    assert (answer.status, answer.body["code"]) == (status, code)
