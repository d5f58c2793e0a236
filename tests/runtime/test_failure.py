"""A FAILED frame, which a statement may forge."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import Place, StepError, concrete
from processor.runtime.contract import Exceeded, Refused
from processor.runtime.failure import MOST_FINDINGS, read_failure
from tests.strategies import json_values, texts

CLAIMABLE = {
    "except_star",
    "file_limit",
    "import_not_allowed",
    "input_mismatch",
    "invalid_definition",
    "node_error",
    "not_a_list",
    "not_serialisable",
    "statement_raised",
    "syntax_error",
    "thread_limit",
    "tmp_limit",
    "type_hint",
    "unknown_pin",
    "unknown_variable",
}
FINDING = {
    "code": "type_hint",
    "severity": "error",
    "message": "m",
    "line": 1,
    "column": 0,
    "end_line": 1,
    "end_column": 1,
}

EDIT = {"line": 1, "column": 0, "end_line": 1, "end_column": 1, "text": ""}


def failure(statement: str = "", **told: Any) -> StepError:
    content = json.dumps({"code": "statement_raised", "message": "m", **told}).encode()
    read = read_failure(content, statement)
    assert isinstance(read, Refused)
    return read.error


@pytest.mark.parametrize("code", sorted(CLAIMABLE))
def test_a_statement_may_fail_with_what_it_did(code: str) -> None:
    assert failure(code=code).code == code


@pytest.mark.parametrize(
    "code", sorted({kind.code for kind in concrete(StepError)} - CLAIMABLE - {"memory_limit"})
)
def test_a_statement_may_not_claim_what_only_the_host_knows(code: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"a statement cannot fail with '{code}'"):
        failure(code=code)


def test_a_statement_may_say_that_its_memory_was_too_small() -> None:
    assert read_failure(b'{"code": "memory_limit", "message": "m"}', "") == Exceeded(
        limit="memory_bytes"
    )


def test_all_that_is_told_is_kept() -> None:
    error = failure(
        message="é", type="ValueError", hint="h", traceback="t", findings=[FINDING], line=None
    )

    assert (error.message, error.type_name, error.hint) == ("é", "ValueError", "h")
    assert error.traceback == "t"
    assert error.findings == ({**FINDING, "hint": None, "edits": []},)
    assert error.place is None
    assert not error.retryable


def test_the_edits_of_a_finding_are_kept() -> None:
    (finding,) = failure(findings=[{**FINDING, "edits": [EDIT]}]).findings

    assert finding == {**FINDING, "hint": None, "edits": [EDIT]}


def test_the_source_line_is_the_hosts_own() -> None:
    error = failure("\ufeffa\r\nb\u2028c\rd", line=2, column=1, end_line=2, end_column=2)

    assert error.place == Place(line=2, column=1, end_line=2, end_column=2, source_line="b\u2028c")


@pytest.mark.parametrize("line", [0, -1, 4, 10**30])
def test_a_line_outside_the_statement_has_no_source(line: int) -> None:
    place = failure("a\nb\nc", line=line).place

    assert place == Place(line=line)


def test_only_so_many_findings_are_believed() -> None:
    assert len(failure(findings=[FINDING] * 150).findings) == MOST_FINDINGS


@pytest.mark.parametrize(
    "told",
    [
        {"message": None},
        {"line": "1"},
        {"line": 1.5},
        {"status": 200},
        {"findings": [{**FINDING, "severity": "fatal"}]},
        {"findings": [{**FINDING, "more": 1}]},
        {"findings": [{**FINDING, "edits": [{**EDIT, "line": 0}]}]},
        {"findings": [{**FINDING, "edits": [{**EDIT, "text": "x" * 1002}]}]},
        {"findings": [{**FINDING, "edits": [EDIT] * 9}]},
        {"retryable": True},
    ],
)
def test_another_shape_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        failure(**told)


@given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), json_values))
def test_any_content_is_read_or_refused(content: bytes) -> None:
    with suppress(msgspec.MsgspecError, UnicodeError):
        read_failure(content, "")


@given(st.text(), texts, st.none() | st.integers())
def test_any_text_is_read(statement: str, message: str, line: int | None) -> None:
    assert failure(statement, message=message, line=line).message == message


@pytest.mark.parametrize("digits", [20, 5000])
def test_a_number_without_end_is_read_or_refused(digits: int) -> None:
    content = b'{"code": "statement_raised", "message": "m", "line": ' + b"9" * digits + b"}"
    with suppress(msgspec.MsgspecError):
        read_failure(content, "")
