"""What each policy on type hints lets pass."""

import pytest

from processor.statement import Allowlist, RejectedStatement, compile_statement

ASSIGNMENT = "x: int = 1"
PARAMETER = "def f(a: str): pass"
RETURN = "async def f() -> str: pass"
ALL = "\n".join((ASSIGNMENT, PARAMETER, RETURN))


def codes(source: str, policy: object) -> list[str]:
    try:
        compile_statement(source, [], Allowlist(set()), policy)  # type: ignore[arg-type] # one of the three, by each test
    except RejectedStatement as error:
        return [finding.code for finding in error.findings]
    return []


@pytest.mark.parametrize("source", [ASSIGNMENT, PARAMETER, RETURN])
def test_reject_lets_no_hint_pass(source: str) -> None:
    assert codes(source, "reject") == ["type_hint"]


@pytest.mark.parametrize("source", ["x: int = 1", "x: int", "x.y: int = 1", "class K:\n x: int"])
def test_assignments_lets_those_of_assignments_pass(source: str) -> None:
    assert codes(source, "assignments") == []


@pytest.mark.parametrize("source", [PARAMETER, RETURN])
def test_assignments_refuses_the_others(source: str) -> None:
    assert codes(source, "assignments") == ["type_hint"]


def test_allow_lets_every_hint_pass() -> None:
    assert codes(ALL, "allow") == []


def test_a_policy_is_about_type_hints_only() -> None:
    assert codes(f"import os\n{ALL}", "allow") == ["import_not_allowed"]


def test_no_policy_is_the_strictest() -> None:
    with pytest.raises(RejectedStatement) as caught:
        compile_statement(ALL, [], Allowlist(set()))

    assert [finding.line for finding in caught.value.findings] == [1, 2, 3]


def test_a_name_that_the_statement_is_given_may_be_annotated() -> None:
    source = "INPUT_DATA: list = INPUT_DATA or []"

    compile_statement(source, ["INPUT_DATA"], Allowlist(set()), "allow")
