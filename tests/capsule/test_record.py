"""Records as files, and why a replay ends otherwise."""

import hashlib
import json
from typing import Any

import msgspec
import pytest

from processor.capsule import (
    BrokenRecord,
    Outcome,
    Record,
    read_record,
    reasons,
    record,
    written_record,
)

ROWS = b'[{"x":1.50}]'
ENVIRONMENT = {"name": "small", "digest": "sha256:0", "python": "3.11.2"}


def an_outcome(rows: bytes = ROWS, **changes: Any) -> Outcome:
    digest = hashlib.sha256(rows).hexdigest()
    members = {"state": "succeeded", "rows": msgspec.Raw(rows), "rows_sha256": digest}
    return Outcome(**{**members, **changes})


def a_record(**changes: Any) -> Record:
    members: dict[str, Any] = {
        "version": "1.0.0",
        "environment": ENVIRONMENT,
        "step": {"statement": "return []"},
        "inputs": {"INPUT_DATA": msgspec.Raw(b"[1]")},
        "outcome": an_outcome(),
    }
    return Record(**{**members, **changes})


def test_what_is_written_is_read_byte_for_byte() -> None:
    read = read_record(written_record(a_record()))

    assert bytes(read.outcome.rows) == ROWS
    assert bytes(read.inputs["INPUT_DATA"]) == b"[1]"


def spoiled(**members: Any) -> bytes:
    return json.dumps({**json.loads(written_record(a_record())), **members}).encode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is no record"),
        (b"[" * 100_000, "it is no record"),
        (spoiled(format="processor-record/2"), "it is no record"),
        (spoiled(more=1), "unknown field"),
        (spoiled(step=[]), "it is no record"),
        (
            written_record(a_record()).replace(b'"x":1.50', b'"x":1.51'),
            "its rows were changed",
        ),
        (
            spoiled(outcome={"state": "failed", "rows": None, "rows_sha256": "0", "error": {}}),
            "its rows were changed",
        ),
        (
            written_record(a_record(outcome=an_outcome(error={"code": "x"}))),
            "its error has no code, type or line",
        ),
    ],
)
def test_what_is_no_record_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(BrokenRecord, match=told):
        read_record(content)


def test_a_record_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "LARGEST", 10)

    with pytest.raises(BrokenRecord, match="more than 10 bytes"):
        read_record(written_record(a_record()))


# Why a replay ends otherwise


def why(given: Record, **changes: Any) -> list[tuple[str, str]]:
    around: dict[str, Any] = {
        "environment": ENVIRONMENT,
        "version": "1.0.0",
        "runs": (an_outcome(b"[]"), an_outcome(b"[]")),
        **changes,
    }
    found = reasons(given, around["environment"], around["version"], around["runs"])
    return [(reason.what, reason.message) for reason in found]


def test_where_all_is_as_it_was_there_is_no_reason() -> None:
    assert why(a_record()) == []


def test_another_environment_is_a_reason() -> None:
    found = why(a_record(), environment={**ENVIRONMENT, "digest": "sha256:1"})

    assert found == [("environment", "another environment: digest was sha256:0")]


def test_another_version_is_a_reason() -> None:
    assert why(a_record(), version="2") == [("version", "version 1.0.0 made it, this is 2")]


def test_a_variable_that_was_left_out_is_a_reason() -> None:
    ((what, message),) = why(a_record(left_out=["Token"]))

    assert (what, "Token" in message) == ("left_out", True)


def test_what_differs_in_every_run_is_told_with_the_lines_that_may_be_why() -> None:
    step = {"statement": "import random, time\nx = 1\ny = random.random()\nz = time.time()"}
    runs = (an_outcome(b"[1]"), an_outcome(b"[2]"))

    found = why(a_record(step=step), runs=runs)

    assert found[0] == ("every_run", "the statement ends otherwise in every run")
    assert [message[:6] for _, message in found[1:]] == ["line 3", "line 4"]
