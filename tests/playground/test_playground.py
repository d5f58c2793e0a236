"""The playground in a real browser, on a real service: what an author does and sees."""

import re

import pytest
from playwright.async_api import expect

from .screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


async def test_a_run_gives_its_rows_with_their_types(screen: Screen) -> None:
    await screen.declare(id="Integer", name="Text")
    await screen.give([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])

    await screen.run('return [{"id": row["id"], "name": row["name"]} for row in INPUT_DATA]')

    assert await screen.cells() == [["1", "a"], ["2", "b"]]
    headings = await screen.results.locator("thead .heading").all_inner_texts()
    assert [heading.split() for heading in headings] == [["id", "integer"], ["name", "text"]]


async def test_large_numbers_are_shown_to_the_digit_and_nulls_as_nulls(screen: Screen) -> None:
    await screen.write("Statement", "return INPUT_DATA")
    await screen.tab("Output schema").click()
    await screen.write("Output schema, as JSON", "")
    await screen.give('[{"n": 9007199254740993, "x": 1.0}, {"n": null}]')
    await screen.button("Run").click()
    await screen.ended()

    assert await screen.cells() == [["9007199254740993", "1.0"], ["null", "—"]]
    await screen.tab("JSON").click()
    await screen.shows('{"n": 9007199254740993, "x": 1.0}')


async def test_what_rows_logs_and_errors_hold_is_shown_as_text(screen: Screen) -> None:
    await screen.declare(html="Text")
    await screen.run(f"log.info({HOSTILE!r})\nreturn [{{'html': {HOSTILE!r}}}]")

    assert await screen.cells() == [[HOSTILE]]
    await screen.tab("Log").click()
    await screen.shows(HOSTILE)
    await screen.run(f"raise ValueError({HOSTILE!r})", state="failed")
    await screen.shows(HOSTILE)
    assert await screen.page.locator("img").count() == 0
    assert await screen.page.title() != "taken"


async def test_an_error_is_shown_at_its_line_with_a_caret(screen: Screen) -> None:
    await screen.run('x = [1]\nfor each in x:\n    each["é"]\nreturn []', state="failed")

    await screen.shows("TypeError")
    place = await screen.results.locator(".place pre").inner_text()
    assert place.splitlines()[0].endswith('    each["é"]')
    assert place.splitlines()[1].endswith("    ^^^^^^^^^")
    await expect(screen.page.locator(".statement .cm-lintRange-error")).to_have_text('each["é"]')
    await screen.button("Go to line 3").click()
    await expect(
        screen.page.locator(".statement .cm-lineNumbers .cm-activeLineGutter")
    ).to_have_text("3")


async def test_a_finding_shows_up_while_typing_and_is_fixed_by_a_click(screen: Screen) -> None:
    await screen.write("Statement", "naïve: int = 1\nreturn [{'x': naïve}]")

    await screen.page.get_by_role("list", name="Findings").get_by_role("button", name="Fix").click()

    await expect(screen.text("Statement")).to_contain_text("naïve = 1")
    await expect(screen.page.get_by_text("No findings")).to_be_visible()


async def test_the_log_comes_while_the_statement_runs_and_the_run_can_be_cancelled(
    screen: Screen,
) -> None:
    await screen.tab("Log").click()
    await screen.write("Statement", "log.warn('before')\nawait sleep(600)\nreturn []")
    await screen.page.keyboard.press("Control+Enter")

    await screen.shows("before")
    await screen.button("Cancel").click()
    await screen.ended("cancelled")
    await expect(screen.button("Run")).to_be_enabled()


async def test_a_request_that_is_no_json_is_told_with_its_place(screen: Screen) -> None:
    await screen.give('[{"x": 1},\n {"x" 2}]')
    await screen.button("Run").click()

    await expect(screen.page.get_by_role("alert")).to_contain_text("The input rows, line 2")


async def test_many_rows_are_scrolled_without_being_drawn(screen: Screen) -> None:
    await screen.declare(x="Integer")
    await screen.run("return [{'x': n} for n in range(20_000)]")

    table = screen.results.get_by_role("region", name="Rows")
    assert await table.locator("tbody tr").count() < 100
    await table.evaluate("place => place.scrollTo(0, place.scrollHeight)")
    await screen.shows("19999")


async def test_a_run_tells_its_time_its_walls_and_its_environment(screen: Screen) -> None:
    await screen.declare(x="Integer")
    await screen.run("return [{'x': 1}]")
    await screen.tab("Cost and walls").click()

    await screen.shows("processor-3.2, Python 3.11")
    await expect(screen.results.get_by_role("heading")).to_contain_text(
        ["Run", "Where the time went", re.compile(r"Isolation level \d")]
    )
