"""Checks in a child of their own: an answer each time, whatever the text."""

import asyncio
import time
from dataclasses import replace

import pytest

from processor.runtime.contract import Died, Draft, Exceeded
from processor.runtime.findings import CHECK_LIMITS
from processor.statement import Finding

from .host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")

MB = 1 << 20
GRINDS = "x:a=1\n" * 170_000


async def found(host: Host, statement: str, **options: object) -> tuple[Finding, ...]:
    draft = replace(Draft(statement=statement, environment=host.environment), **options)  # type: ignore[arg-type]
    given = await host.runtime.check(draft)
    assert isinstance(given, tuple), given
    return given


async def codes(host: Host, statement: str, **options: object) -> list[str]:
    return [finding.code for finding in await found(host, statement, **options)]


async def test_a_statement_without_fault_has_no_findings(host: Host) -> None:
    assert await found(host, "return [{'x': INPUT_DATA}]") == ()


async def test_every_finding_arrives_whole(host: Host) -> None:
    source = "\ufeffif 1:\n\té: 'ü' = 1\x0c; sleep(1)\nimport os\nreturn []"

    hint, awaited, imported = await found(host, source)

    assert (hint.code, hint.line, hint.column, hint.end_column) == ("type_hint", 2, 4, 7)
    assert [(edit.column, edit.end_column, edit.text) for edit in hint.edits] == [(2, 7, "")]
    assert (awaited.code, awaited.severity) == ("never_awaited", "warning")
    assert (imported.code, imported.line) == ("import_not_allowed", 3)


async def test_the_policy_is_the_drafts_own(host: Host) -> None:
    assert await codes(host, "x: int = 1\nreturn []", type_hints="allow") == []


async def test_variables_are_judged_where_they_are_known(host: Host) -> None:
    source = "return [${LocalVariable.A}]"

    assert await codes(host, source) == []
    assert await codes(host, source, variables=frozenset({"A"})) == []
    assert await codes(host, source, variables=frozenset()) == ["unknown_variable"]


async def test_the_names_of_branches_are_parameters(host: Host) -> None:
    source = "global INPUT_DATA3\nreturn []"

    assert await codes(host, source) == []
    assert await codes(host, source, branches=("a", "b")) == ["syntax_error"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * MB, id="parentheses"),
        pytest.param("[" * MB, id="brackets"),
        pytest.param("{" * MB, id="braces"),
        pytest.param("-" * MB + "1", id="minus"),
        pytest.param("not " * (MB // 4) + "1", id="not"),
        pytest.param("lambda:" * (MB // 7) + "1", id="lambdas"),
        pytest.param("a" + ".a" * (MB // 2), id="attributes"),
        pytest.param("a" + "+a" * (MB // 2), id="sums"),
        pytest.param("f'{" * 500, id="f-strings"),
        pytest.param("x=" + "9" * MB, id="digits"),
        pytest.param("if a:\n x\n" + "elif a:\n x\n" * 20_000, id="elif"),
        pytest.param("return [\0]", id="null"),
        pytest.param("x=1\n" * (10 * MB // 4), id="10 MB of statements"),
        pytest.param("\t\n x", id="indent"),
    ],
)
async def test_a_hostile_text_gets_an_answer(host: Host, text: str) -> None:
    draft = Draft(statement=text, environment=host.environment)

    given = await host.runtime.check(draft)

    if isinstance(given, tuple):
        assert "syntax_error" in [finding.code for finding in given]
    else:
        assert isinstance(given, Exceeded | Died)


async def test_ten_megabytes_of_string_are_read(host: Host) -> None:
    assert await codes(host, f"return ['{'a' * (10 * MB)}']") == []


async def test_of_very_many_findings_the_first_are_listed_and_the_rest_counted(host: Host) -> None:
    *listed, last = await found(host, "x:a=1\n" * 30_000 + "return []")

    assert len(listed) == 1000
    assert (last.code, last.severity, last.line) == ("too_many_findings", "error", 1001)
    assert "29,000 more" in last.message


async def test_errors_behind_the_listed_warnings_are_errors_still(host: Host) -> None:
    *listed, last = await found(host, "sleep(1)\n" * 1000 + "x: int = 1\nreturn []")

    assert {finding.severity for finding in listed} == {"warning"}
    assert last.severity == "error"


async def test_long_texts_of_findings_fit_into_a_frame(host: Host) -> None:
    name = "é" * 3000

    *listed, last = await found(host, f"import {name}\n" * 800)

    assert last.code == "too_many_findings"
    assert max(len(finding.message) for finding in listed) == 1001


async def test_another_check_answers_while_one_grinds(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.TaskGroup() as tasks:
        draft = Draft(statement=GRINDS, environment=host.environment)
        grinding = tasks.create_task(host.runtime.check(draft))
        await asyncio.sleep(0)
        started = time.monotonic()
        assert await codes(host, "return []") == []
        took = time.monotonic() - started
        assert not grinding.done()
    assert took < 2


async def test_a_check_that_takes_too_long_is_ended(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(CHECK_LIMITS, wall=CHECK_LIMITS.wall / 100)
    monkeypatch.setattr("processor.runtime.forked.forked.CHECK_LIMITS", limits)

    draft = Draft(statement=GRINDS, environment=host.environment)

    assert await host.runtime.check(draft) == Exceeded(limit="wall_seconds")


async def test_a_check_survives_the_end_of_its_zygote(host: Host) -> None:
    assert await codes(host, "return []") == []

    host.zygote._process.kill()

    assert await codes(host, "return []") == []
