"""What every store promises of notices: all of them, once each, in their order."""

import json
from typing import Any

import msgspec
import pytest

from processor.run import Claim, Run, RunId
from tests.store.build import Opens, Store, a_cycle, a_run, claimed, submitted, taken


async def told(store: Store, run_id: str, after: int = 0) -> list[tuple[str, Any]]:
    found = await store.notices.after(RunId(run_id), after, limit=1000)
    assert [notice.number for notice in found] == sorted({notice.number for notice in found})
    return [(notice.kind, json.loads(notice.content)) for notice in found]


def entry(message: str) -> dict[str, str]:
    return {"level": "info", "message": message}


def with_log(claim: Claim, *messages: str) -> Run:
    logs = msgspec.Raw(msgspec.json.encode([entry(message) for message in messages]))
    return msgspec.structs.replace(a_run(claim), logs=logs)


async def test_a_run_is_told_from_its_waiting_to_its_end(store: Store) -> None:
    run_id = await submitted(store)
    claim = await taken(store, run_id)
    await store.runs.finish(claim, with_log(claim, "one", "two"), b"1")

    notices = await told(store, run_id)

    assert [(kind, content.get("state")) for kind, content in notices] == [
        ("state", "queued"),
        ("state", "running"),
        ("log", None),
        ("log", None),
        ("end", "succeeded"),
    ]
    assert [content["message"] for kind, content in notices if kind == "log"] == ["one", "two"]


async def test_what_was_told_of_the_log_is_not_told_again_at_the_end(store: Store) -> None:
    claim = await claimed(store.runs)
    await store.notices.log(claim, msgspec.json.encode([entry("one"), entry("two")]))
    await store.runs.finish(claim, with_log(claim, "one", "two", "three"), None)

    notices = await told(store, claim.run_id)

    messages = [content["message"] for kind, content in notices if kind == "log"]
    assert messages == ["one", "two", "three"]


async def test_the_log_of_another_attempt_is_told_from_its_beginning(open_store: Opens) -> None:
    async with open_store() as store:
        run_id = await submitted(store)
        claim = await taken(store, run_id)
        await store.notices.log(claim, msgspec.json.encode([entry("lost")]))
    async with open_store() as store:
        again = await taken(store, run_id)
        await store.notices.log(claim, msgspec.json.encode([entry("late")]))
        await store.runs.finish(again, with_log(again, "one"), None)

        notices = await told(store, run_id)

    assert [(kind, content.get("attempts"), content.get("message")) for kind, content in notices][
        2:
    ] == [
        ("log", None, "lost"),
        ("state", 1, None),
        ("state", 2, None),
        ("log", None, "one"),
        ("end", 2, None),
    ]


async def test_nothing_is_told_after_the_end(store: Store) -> None:
    claim = await claimed(store.runs)
    await store.runs.finish(claim, a_run(claim), None)
    before = await told(store, claim.run_id)

    await store.notices.log(claim, msgspec.json.encode([entry("late")]))

    assert await told(store, claim.run_id) == before


async def test_who_comes_back_gets_what_was_told_since(store: Store) -> None:
    run = await a_cycle(store.runs, b"1")
    found = await store.notices.after(RunId(run.id), 0, limit=1)

    assert await told(store, run.id, found[0].number) == (await told(store, run.id))[1:]


@pytest.mark.parametrize("text", ['ü € "quoted" \\', "\u2028", "a\x00b", "\U0001f600"])
async def test_every_text_is_told_as_it_is(store: Store, text: str) -> None:
    claim = await claimed(store.runs)

    await store.notices.log(claim, msgspec.json.encode([entry(text)]))

    assert (await told(store, claim.run_id))[-1] == ("log", entry(text))


async def test_a_run_is_over_once_it_has_ended(store: Store) -> None:
    claim = await claimed(store.runs)
    assert await store.notices.is_over(claim.run_id) is False

    await store.runs.finish(claim, a_run(claim), None)

    assert await store.notices.is_over(claim.run_id) is True
    assert await store.notices.is_over(RunId("nobody")) is None
