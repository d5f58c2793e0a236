"""Checkpoints over HTTP: what is shown, and who may change it."""

from typing import Any

import pytest

from processor.step import StepId
from tests.service.door import Answer, Door

HERE = "/v1/checkpoints/orders"
STEP_ORDERS = StepId("orders")


async def put(door: Door, value: Any, if_match: str | None = None, at: str = HERE) -> Answer:
    headers = {"If-Match": if_match} if if_match is not None else {}
    return await door.ask("PUT", at, {"value": value}, headers)


async def history(door: Door, query: str = "") -> Any:
    return (await door.ask("GET", f"{HERE}/history{query}")).body


async def test_a_step_without_checkpoint_is_unknown(door: Door) -> None:
    for method, path in [("GET", HERE), ("DELETE", HERE), ("GET", f"{HERE}/history")]:
        answer = await door.ask(method, path)

        assert (answer.status, answer.body["code"]) == (404, "unknown_step")


async def test_a_checkpoint_that_was_set_is_shown_with_its_etag(door: Door) -> None:
    await put(door, 7)

    answer = await door.ask("GET", HERE)

    assert answer.headers["ETag"] == '"1"'
    assert answer.body.pop("updated_at")
    assert {**answer.body, "updated_at": None} == {
        "step_id": "orders",
        "value": 7,
        "version": 1,
        "run_id": None,
        "updated_at": None,
    }


async def test_setting_answers_with_the_new_version(door: Door) -> None:
    await put(door, 7)

    answer = await put(door, 8)

    assert (answer.status, answer.headers["ETag"], answer.body["value"]) == (200, '"2"', 8)


@pytest.mark.parametrize("value", [None, 0, "ü", 1.5, {"a": [1, None]}, 10**40, False])
async def test_any_json_can_be_a_checkpoint(door: Door, value: Any) -> None:
    await put(door, value)

    assert (await door.ask("GET", HERE)).body["value"] == value


async def test_a_run_s_commit_is_shown_with_its_run(door: Door) -> None:
    run = await door.run(id="orders", checkpoint_column="x")

    shown = (await door.ask("GET", HERE)).body

    assert (shown["value"], shown["run_id"]) == (1, run.body["id"])


async def test_the_run_after_a_reset_sees_null(door: Door) -> None:
    await put(door, 7)
    await door.ask("DELETE", HERE)

    await door.run(id="orders")

    assert door.runtime.assignments[0].inputs["DATA_CHECKPOINT"] == b"null"


# If-Match


@pytest.mark.parametrize("etag", ['"1"', ' "1" ', "*"])
async def test_the_current_etag_may_set(door: Door, etag: str) -> None:
    await put(door, 7)

    assert (await put(door, 8, etag)).status == 200


@pytest.mark.parametrize("etag", ['"0"', '"2"', '"999999999999999999"'])
async def test_another_etag_changes_nothing(door: Door, etag: str) -> None:
    await put(door, 7)

    for answer in (
        await put(door, 8, etag),
        await door.ask("DELETE", HERE, headers={"If-Match": etag}),
    ):
        assert (answer.status, answer.body["code"]) == (412, "version_moved")
    assert (await door.ask("GET", HERE)).body["value"] == 7


@pytest.mark.parametrize("etag", ["1", "", '"1', 'W/"1"', '"x"', '"1", "2"', '"-1"', '"1e3"', "**"])
async def test_what_is_no_etag_of_ours_is_refused(door: Door, etag: str) -> None:
    await put(door, 7)

    answer = await put(door, 8, etag)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


async def test_a_star_asks_for_a_checkpoint_that_exists(door: Door) -> None:
    answer = await put(door, 8, "*")

    assert answer.status == 412
    assert (await door.ask("GET", HERE)).status == 404


async def test_etag_nought_sets_what_is_not_there(door: Door) -> None:
    assert (await put(door, 8, '"0"')).status == 200


async def test_a_reset_is_a_move_of_its_own(door: Door) -> None:
    await put(door, 7)

    answer = await door.ask("DELETE", HERE, headers={"If-Match": '"1"'})

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.body["value"], answer.body["version"]) == (None, 2)


# What is put


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{}", "/value"),
        (b'{"value": 1, "version": 2}', "/version"),
        (b"[]", ""),
        (b'{"value": 1e999}', ""),
        (b'{"value": NaN}', ""),
        (b'{"value": "\\ud800"}', ""),
        (b'{"value": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", ""),
    ],
    ids=range(7),
)
async def test_a_bad_body_is_pointed_at(door: Door, body: bytes, pointer: str) -> None:
    answer = await door.ask("PUT", HERE, body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


async def test_a_checkpoint_has_a_largest_size(door: Door) -> None:
    assert (await put(door, "x" * 65_534)).status == 200

    answer = await put(door, "x" * 65_535)

    assert answer.body["errors"][0]["pointer"] == "/value"


# History


async def test_the_history_is_newest_first(door: Door) -> None:
    await put(door, 7)
    await door.ask("DELETE", HERE)
    run = await door.run(id="orders", checkpoint_column="x")

    items = (await history(door))["items"]

    assert [(i["version"], i["value"], i["source"], i["run_id"]) for i in items] == [
        (3, 1, "run", run.body["id"]),
        (2, None, "reset", None),
        (1, 7, "manual", None),
    ]


async def test_a_short_history_is_one_page(door: Door) -> None:
    await put(door, 7)

    assert (await history(door))["next"] is None


async def test_pages_follow_their_cursor_to_the_end(door: Door) -> None:
    for value in range(1, 6):
        await put(door, value)
    seen: list[int] = []
    cursor = ""
    while True:
        page = await history(door, f"?limit=2{cursor}")
        seen += [item["version"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert seen == [5, 4, 3, 2, 1]


async def test_a_full_last_page_has_no_next(door: Door) -> None:
    await put(door, 1)
    await put(door, 2)

    assert (await history(door, "?limit=2"))["next"] is None


async def test_a_page_has_at_most_a_thousand_items(door: Door) -> None:
    for value in range(1001):
        await door.store.checkpoints.set(STEP_ORDERS, str(value).encode(), expected_version=None)

    page = await history(door, "?limit=5000")

    assert (len(page["items"]), page["next"]) == (1000, "2")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=x", "limit=", "cursor=0", "cursor=x", "limit=1.5"]
)
async def test_a_bad_page_is_refused(door: Door, query: str) -> None:
    await put(door, 7)

    answer = await door.ask("GET", f"{HERE}/history?{query}")

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


# Ids in paths


@pytest.mark.parametrize(
    ("encoded", "step_id"),
    [
        ("task-42%2Fstep-7", "task-42/step-7"),
        ("a%20b", "a b"),
        ("%C3%BC%E2%82%AC", "ü€"),
        ("100%25", "100%"),
        ("a%252Fb", "a%2Fb"),
        ("a%2Fhistory", "a/history"),
        ("a%3Fb%23c", "a?b#c"),
        ("a+b", "a+b"),
        ("%2E%2E", ".."),
        ("a%3A%40%7B%7D", "a:@{}"),
    ],
)
async def test_an_id_is_percent_encoded_in_the_path(door: Door, encoded: str, step_id: str) -> None:
    run = await door.run(id=step_id, checkpoint_column="x")
    assert run.body["step_id"] == step_id

    shown = await door.ask("GET", f"/v1/checkpoints/{encoded}")
    moves = await door.ask("GET", f"/v1/checkpoints/{encoded}/history")

    assert (shown.status, shown.body["step_id"]) == (200, step_id)
    assert [item["version"] for item in moves.body["items"]] == [1]


@pytest.mark.parametrize("encoded", ["a%00", "a%0A", "x" * 513])
async def test_an_id_that_is_none_is_refused(door: Door, encoded: str) -> None:
    answer = await put(door, 1, at=f"/v1/checkpoints/{encoded}")

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/step_id")
