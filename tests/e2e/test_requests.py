"""What is wrong with a request is said with a pointer, and costs nothing but that request."""

from typing import Any

import pytest

from tests.served import COLUMN_X, Served, a_step

BAD = [
    pytest.param(b"{", 400, "invalid_request", "", id="malformed JSON"),
    pytest.param(b"[" * 100_000, 400, "invalid_request", "", id="deep JSON"),
    pytest.param(b"\xff", 400, "invalid_request", "", id="not UTF-8"),
    pytest.param({"steps": {}}, 400, "invalid_request", "/steps", id="unknown member"),
    pytest.param({}, 400, "invalid_request", "/step", id="no step"),
    pytest.param({"step": {"statement": 5}}, 400, "invalid_request", "/step/statement", id="type"),
    pytest.param(
        {"step": a_step("return []", zoom=1)}, 400, "invalid_request", "/step/zoom", id="in step"
    ),
    pytest.param(
        {"step": a_step("return []", limits={"wall_seconds": 1e9})},
        400,
        "invalid_request",
        "/step/limits/wall_seconds",
        id="over a ceiling",
    ),
    pytest.param(
        {"step": a_step("return []"), "inputs": {"INPUT_DATA": 5}},
        400,
        "invalid_request",
        "/inputs/INPUT_DATA",
        id="rows that are none",
    ),
    pytest.param(
        {"step": a_step("return []", profile="nope")},
        400,
        "invalid_request",
        "/step/profile",
        id="unknown profile",
    ),
    pytest.param(
        {"step": {"statement": "return []"}},
        422,
        "missing_schema",
        "/step/output_schema",
        id="no schema",
    ),
    pytest.param(
        {"step": {"statement": "return []", "output_schema": "nope"}},
        422,
        "unknown_schema",
        "/step/output_schema",
        id="unknown schema",
    ),
    pytest.param(
        {"step": a_step("x" * 1_048_577)}, 413, "too_large", "/step/statement", id="long statement"
    ),
]


@pytest.mark.parametrize(("body", "status", "code", "pointer"), BAD)
def test_a_bad_request_is_a_problem_with_a_pointer(
    service: Served, body: Any, status: int, code: str, pointer: str
) -> None:
    answer = service.request("POST", "/v1/runs", body)

    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.body["code"] == code
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


def test_an_oversized_body_is_refused(service: Served) -> None:
    answer = service.request("POST", "/v1/runs", b" " * (130 << 20))

    assert answer.status == 413
    assert answer.body["code"] == "too_large"


def test_a_refused_request_leaves_no_run_behind(service: Served) -> None:
    headers = {"Idempotency-Key": "refused-first"}
    service.request("POST", "/v1/runs", {"step": {"statement": "return []"}}, headers)

    good = {"step": {"statement": "return []", "output_schema": COLUMN_X}}
    assert service.request("POST", "/v1/runs", good, headers).status == 200
