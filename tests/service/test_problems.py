"""Everything that is not a run is answered as a problem."""

import pytest

from processor.errors import ProcessorFault
from tests.service.door import Door

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/runs/a/b", "/v1/nope", "/v1/checkpoints/", "/%00"]
)
async def test_an_unknown_path_is_a_problem(door: Door, path: str) -> None:
    answer = await door.ask("GET", path)

    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.body["code"] == "not_found"


async def test_a_problem_has_all_its_members(door: Door) -> None:
    body = (await door.ask("GET", "/v1/nope", headers={"traceparent": TRACEPARENT})).body

    assert body == {
        "type": "urn:python-processor:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": body["detail"],
        "instance": "/v1/nope",
        "code": "not_found",
        "errors": [],
        "run_id": None,
        "trace_id": TRACE,
        "retryable": False,
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/runs", {"GET", "HEAD", "POST"}),
        ("POST", "/v1/checkpoints/a", {"GET", "HEAD", "PUT", "DELETE"}),
        ("DELETE", "/v1/schemas/a", {"GET", "HEAD", "PUT"}),
        ("PATCH", "/livez", {"GET", "HEAD"}),
    ],
)
async def test_another_method_is_told_what_is_allowed(
    door: Door, method: str, path: str, allowed: set[str]
) -> None:
    answer = await door.ask(method, path)

    assert (answer.status, answer.body["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(",")) == allowed


async def test_our_own_fault_tells_nothing_but_the_trace(door: Door) -> None:
    door.weather.fault = RuntimeError("a secret of the store")

    answer = await door.ask("GET", "/readyz", headers={"traceparent": TRACEPARENT})

    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    assert b"secret" not in answer.content
    assert b"RuntimeError" not in answer.content
    assert answer.body["trace_id"] == TRACE


async def test_our_own_fault_is_logged_with_its_reason(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    door.weather.fault = RuntimeError("a secret of the store")

    await door.ask("GET", "/readyz", headers={"traceparent": TRACEPARENT})

    logged = capsys.readouterr().out
    assert "a secret of the store" in logged
    assert TRACE in logged


async def test_a_fault_of_the_runtime_is_told_as_our_own(door: Door) -> None:
    async def broken() -> None:
        raise ProcessorFault("no child could be started: a secret")

    door.runtime.meanwhile = broken

    answer = await door.run()

    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    assert b"secret" not in answer.content


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (TRACEPARENT, True),
        (f"cc-{TRACE}-b7ad6b7169203331-01-what-comes-later", True),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"ff-{TRACE}-b7ad6b7169203331-01", False),
        (f"00-{TRACE.upper()}-b7ad6b7169203331-01", False),
        ("nonsense", False),
        ("", False),
    ],
)
async def test_a_trace_is_taken_up_where_it_is_one(door: Door, given: str, taken: bool) -> None:
    run = (await door.run(headers={"traceparent": given})).body

    assert (run["trace_id"] == TRACE) is taken
    assert len(run["trace_id"]) == 32
    assert run["trace_id"] != "0" * 32


async def test_two_requests_have_two_traces(door: Door) -> None:
    first, second = await door.run(), await door.run()

    assert first.body["trace_id"] != second.body["trace_id"]
