"""POST /v1/check at the door."""

import asyncio
import gzip
import json
from typing import Any

import pytest

from processor.check import Checker, checker
from processor.errors import Busy
from processor.identity import DEFAULT_TENANT
from processor.runtime.contract import Died, Exceeded
from processor.statement import Edit, Finding
from processor.step import CheckOrder
from tests.fakes import FakeEnvironments, FakeRuntime, as_every
from tests.sarif import assert_sarif
from tests.service.door import BODY_BYTES, Answer, Door, a_body, a_gate

EDIT = Edit(line=1, column=1, end_line=1, end_column=6, text="")
HINT = Finding(
    code="type_hint",
    severity="error",
    message="m",
    line=1,
    column=3,
    end_line=1,
    end_column=6,
    hint="h",
    edits=(EDIT,),
)


async def check(door: Door, body: object, query: str = "", accept: str = "*/*") -> Answer:
    return await door.ask("POST", f"/v1/check{query}", body, {"Accept": accept})


async def test_findings_are_answered_whole(door: Door) -> None:
    door.runtime.found = (HINT,)

    answer = await check(door, {"statement": "x: int = 1"})

    assert answer.status == 200
    edit = {"line": 1, "column": 1, "end_line": 1, "end_column": 6, "text": ""}
    assert answer.body == {
        "findings": [
            {
                "code": "type_hint",
                "severity": "error",
                "message": "m",
                "line": 1,
                "column": 3,
                "end_line": 1,
                "end_column": 6,
                "hint": "h",
                "edits": [edit],
            }
        ]
    }


async def test_a_step_is_checked_as_its_profile_says(door: Door) -> None:
    step = a_body(statement="return []", branches=["a", "b"])["step"]

    await check(door, {"step": step, "variables": {"A": 1, "B": None}})

    (draft,) = door.runtime.drafts
    assert (draft.statement, draft.environment.name) == ("return []", "small")
    assert (draft.type_hints, draft.branches) == ("reject", ("a", "b"))
    assert draft.variables == frozenset({"A", "B"})


async def test_a_step_needs_no_output_schema(door: Door) -> None:
    answer = await check(door, {"step": {"statement": "return []"}})

    assert answer.body == {"findings": []}
    assert door.runtime.drafts[0].variables is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"step": {"statement": ""}, "statement": ""}, ""),
        ({"step": {"statement": ""}, "profile": "processor"}, ""),
        ({"profile": "processor"}, ""),
        ({"statement": 1}, "/statement"),
        ({"statement": "", "more": 1}, "/more"),
        ({"statement": "", "variables": []}, "/variables"),
        ({"statement": "", "profile": "x"}, "/profile"),
        ({"step": {"statement": "", "profile": "x"}}, "/step/profile"),
        ({"step": {"statement": "", "x": 1}}, "/step/x"),
        ({"step": {"statement": "", "branches": ["a", "a"]}}, "/step/branches/1"),
        ({"step": {"statement": "", "setup": "x"}}, "/step/setup"),
        (b"{", ""),
    ],
)
async def test_what_is_no_check_is_refused_with_a_pointer(
    door: Door, body: object, pointer: str
) -> None:
    answer = await check(door, body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


@pytest.mark.parametrize("wrap", [lambda s: {"statement": s}, lambda s: {"step": {"statement": s}}])
async def test_a_text_over_the_profiles_size_is_refused_as_a_run_is(door: Door, wrap: Any) -> None:
    answer = await check(door, wrap("x" * 1001))

    assert (answer.status, answer.body["code"]) == (413, "too_large")
    assert answer.body["errors"][0]["pointer"].endswith("/statement")
    assert door.runtime.drafts == []


async def test_a_body_is_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processor.service.checks.MOST_BYTES", 100)
    body = json.dumps({"statement": "", "variables": {"A": "x" * 100}}).encode()

    plain = await check(door, body)
    zipped = await door.ask("POST", "/v1/check", gzip.compress(body), {"Content-Encoding": "gzip"})
    beyond = await check(door, {"statement": "x" * BODY_BYTES})

    assert [plain.status, zipped.status, beyond.status] == [413, 413, 413]


async def test_a_body_that_does_not_say_json_is_refused(door: Door) -> None:
    answer = await door.ask("POST", "/v1/check", b"{}", {"Content-Type": "text/plain"})

    assert answer.status == 415


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("?format=sarif", "*/*"),
        ("", "application/sarif+json"),
        ("", "text/html, Application/SARIF+json;q=0.5"),
        ("?format=sarif", "application/json"),
    ],
)
async def test_sarif_is_given_where_it_is_asked_for(door: Door, query: str, accept: str) -> None:
    door.runtime.found = (HINT,)

    answer = await check(door, {"statement": "x: int = 1"}, query, accept)

    assert answer.headers["Content-Type"] == "application/sarif+json"
    assert_sarif(answer.body)
    (result,) = answer.body["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("type_hint", "error")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 7}


async def test_json_can_be_insisted_on(door: Door) -> None:
    answer = await check(door, {"statement": ""}, "?format=json", "application/sarif+json")

    assert answer.body == {"findings": []}


async def test_another_format_is_refused(door: Door) -> None:
    answer = await check(door, {"statement": ""}, "?format=xml")

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "end",
    [
        Exceeded(limit="wall_seconds"),
        Exceeded(limit="memory_bytes"),
        Died(reason="signal SIGSEGV", killed=True, retryable=False),
    ],
)
async def test_a_check_that_ends_otherwise_is_a_finding_and_made_anew(
    door: Door, end: Exceeded | Died
) -> None:
    door.runtime.found = end

    for _ in range(2):
        (finding,) = (await check(door, {"statement": ""})).body["findings"]
        assert (finding["code"], finding["severity"]) == ("syntax_error", "error")
        assert finding["message"].endswith("too large or too deeply nested to check")

    assert len(door.runtime.drafts) == 2


async def test_an_environment_that_is_not_built_is_a_problem(door: Door) -> None:
    answer = await check(door, {"step": {"statement": "", "environment": "other"}})

    assert (answer.status, answer.body["code"]) == (503, "environment_not_ready")


# The checker by itself


def order(statement: str = "x", **changes: Any) -> CheckOrder:
    members = {"environment": "small", "type_hints": "reject", **changes}
    return CheckOrder(statement=statement, **members)


async def test_the_same_text_is_checked_once() -> None:
    runtime = FakeRuntime(found=(HINT,))
    checks = Checker(FakeEnvironments(), as_every(runtime), slots=1, most_waiting=0)

    for _ in range(3):
        assert await checks.check(order(), DEFAULT_TENANT) == (HINT,)

    assert len(runtime.drafts) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "y"},
        {"type_hints": "allow"},
        {"variables": frozenset()},
        {"branches": ("a",)},
    ],
)
async def test_whatever_may_change_the_findings_is_checked_anew(change: dict[str, Any]) -> None:
    runtime = FakeRuntime()
    checks = Checker(FakeEnvironments(), as_every(runtime), slots=1, most_waiting=0)

    await checks.check(order(), DEFAULT_TENANT)
    await checks.check(order(**change), DEFAULT_TENANT)

    assert len(runtime.drafts) == 2


async def test_what_was_asked_for_longest_ago_is_forgotten_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checker, "MOST_KEPT", 2)
    runtime = FakeRuntime()
    checks = Checker(FakeEnvironments(), as_every(runtime), slots=1, most_waiting=0)

    for text in ("a", "b", "a", "c", "a", "b"):
        await checks.check(order(text), DEFAULT_TENANT)

    assert [draft.statement for draft in runtime.drafts] == ["a", "b", "c", "b"]


async def test_what_is_kept_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MOST_KEPT_BYTES", 100_000)
    checks = Checker(
        FakeEnvironments(), as_every(FakeRuntime(found=(HINT,) * 50)), slots=1, most_waiting=0
    )

    for number in range(20):
        await checks.check(order(str(number)), DEFAULT_TENANT)

    assert 0 < checks._kept_bytes <= 100_000
    assert len(checks._kept) < 5


async def test_no_more_checks_wait_than_may(door: Door) -> None:
    gate = a_gate(door)
    checks = Checker(FakeEnvironments(), as_every(door.runtime), slots=1, most_waiting=1)
    async with asyncio.TaskGroup() as tasks:
        for number in range(3):
            tasks.create_task(checks.check(order(str(number)), DEFAULT_TENANT))
        await asyncio.sleep(0.01)
        with pytest.raises(Busy):
            await checks.check(order("one more"), DEFAULT_TENANT)
        gate.set()
    assert len(door.runtime.drafts) == 3
