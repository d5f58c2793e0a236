"""The playground in a real browser, on a real service: what an author does and sees."""

import re

import pytest
from playwright.async_api import FilePayload, Route, expect

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


async def test_a_figure_is_an_image_and_nothing_else(screen: Screen) -> None:
    await screen.declare(x="Integer")
    await screen.run(
        "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nreturn [{'x': 1}]",
    )
    await screen.tab("Figures").click()

    image = screen.results.get_by_role("img", name="Figure 1")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.naturalWidth") > 100
    assert await screen.results.locator("svg, iframe, object, embed").count() == 0


async def test_an_inferred_schema_is_accepted_field_by_field(screen: Screen) -> None:
    await screen.declare(id="Text", gone="Text")
    await screen.write("Statement", "return [{'id': 1, 'name': None}]")
    await screen.button("Detect from a run").click()

    await screen.button("Accept id").click()
    await screen.button("Accept gone").click()
    await screen.button("Accept name").click()

    await expect(screen.page.get_by_text("Declared and detected agree.")).to_be_visible()
    await expect(screen.text("Output schema, as JSON")).to_contain_text('"type": "Integer"')
    await screen.page.keyboard.press("Control+Enter")
    await screen.ended()
    assert await screen.cells() == [["1", "null"]]


async def test_three_cycles_show_which_keys_came_and_which_are_left(screen: Screen) -> None:
    await screen.tab("Cycles").click()
    await screen.page.get_by_label("Cycles, at most").fill("3")
    await screen.give([{"id": n} for n in range(1, 8)])
    await screen.declare(id="Integer")
    await screen.tab("Input rows").click()
    await screen.page.get_by_label("taken from column").fill("id")
    statement = "return [r for r in INPUT_DATA if r['id'] > (DATA_CHECKPOINT or 0)][:2]"
    await screen.write("Statement", statement)
    await screen.button("Simulate").click()

    timeline = screen.results.get_by_role("list", name="Cycles").get_by_role("listitem")
    await expect(timeline).to_have_count(3)
    await expect(timeline.nth(2)).to_contain_text("4 → 6")
    coverage = screen.results.get_by_role("region", name="Coverage").get_by_role("listitem")
    assert await coverage.all_inner_texts() == ["6 once", "1 not yet 7"]


async def test_the_checkpoint_of_a_dry_run_is_taken_on_by_a_click(screen: Screen) -> None:
    await screen.button("Run").click()
    await screen.ended()
    await screen.button("Go on from here").click()
    await screen.button("Run").click()
    await screen.shows("Mary Jackson")

    assert [row[0] for row in await screen.cells()] == ["4", "5", "6"]


async def test_two_runs_are_compared_by_their_key(screen: Screen) -> None:
    await screen.declare(id="Integer", n="Integer")
    await screen.run("return [{'id': 1, 'n': 10}, {'id': 2, 'n': 20}]")
    await screen.shows("20")
    await screen.run("return [{'id': 3, 'n': 30}, {'id': 2, 'n': 25}]")
    await screen.shows("25")
    await screen.tab("Difference").click()

    await screen.shows("1 changed")
    assert "matched by id" in await screen.results.inner_text()
    await screen.shows("n differs in 1 row")


async def test_the_columns_of_a_csv_that_spell_numbers_are_numbers(screen: Screen) -> None:
    content = b"id;name;n\n1;Ada;9007199254740993\n2;;\n"
    file = FilePayload(name="rows.csv", mimeType="text/csv", buffer=content)
    await screen.page.get_by_label("A file of rows").set_input_files(file)
    await expect(screen.text("Input rows, as JSON")).to_contain_text('"id":2,"name":null')
    await screen.declare(id="Integer", n="Integer")

    await screen.run("return [{'id': r['id'], 'n': r['n'] - 1} for r in INPUT_DATA if r['n']]")

    assert await screen.cells() == [["1", "9007199254740992"]]


async def test_a_reload_shows_the_run_of_the_address_again(screen: Screen) -> None:
    await screen.declare(x="Integer")
    await screen.run("return [{'x': 42}]")
    await screen.write("Statement", "return []")
    address = screen.page.url

    await screen.page.reload()

    assert "#run=" in address
    await screen.shows("42")
    await expect(screen.text("Statement")).to_contain_text("return [{'x': 42}]")


async def test_a_link_brings_a_draft_to_another_browser_and_runs_nothing(screen: Screen) -> None:
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.write("Statement", "return [{'there': 1}]")
    await screen.button("Copy link").click()
    await screen.button("Copied").wait_for()
    link = await screen.page.evaluate("navigator.clipboard.readText()")

    await screen.page.evaluate("localStorage.clear()")
    await screen.page.goto("about:blank")
    await screen.page.goto(link)

    await expect(screen.text("Statement")).to_contain_text("return [{'there': 1}]")
    await screen.shows("Nothing has run yet")


async def test_history_takes_a_run_up_again(screen: Screen) -> None:
    await screen.declare(x="Integer")
    await screen.run("return [{'x': 1}]  # the first")
    await screen.run("return [{'x': 2}]")
    await screen.button("History").click()
    await screen.page.get_by_role("dialog").get_by_text("# the first").click()

    await expect(screen.text("Statement")).to_contain_text("# the first")
    await screen.shows("1")


async def test_a_draft_that_was_never_run_is_not_lost_to_the_gallery(screen: Screen) -> None:
    await screen.write("Statement", "# an hour of work")
    await screen.button("Gallery").click()
    await screen.page.get_by_role("dialog").get_by_role("button", name="Invoice check").click()
    await expect(screen.text("Statement")).not_to_contain_text("# an hour of work")
    await screen.button("History").click()
    await screen.page.get_by_role("dialog").get_by_text("# an hour of work").click()

    await expect(screen.text("Statement")).to_contain_text("# an hour of work")


async def test_an_example_of_the_gallery_runs_as_it_is(screen: Screen) -> None:
    await screen.button("Gallery").click()
    await screen.page.get_by_label("Find").fill("invoice check")
    await screen.page.get_by_role("dialog").get_by_role("button", name="Invoice check").click()
    await screen.button("Run").click()

    await screen.ended()
    assert [row[0] for row in await screen.cells()] == ["2024-0117", "2024-0120"]


async def test_what_is_typed_fast_stays_as_it_was_typed(screen: Screen) -> None:
    await screen.write("Statement", " ")
    await screen.page.keyboard.type("total = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9  # and so on")

    await expect(screen.text("Statement")).to_have_text(
        "total = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9  # and so on"
    )


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ('INPUT_DATA[0]["cus', "customer"),
        ("INPUT_D", "INPUT_DATA"),
        ("log.w", "warn"),
        ("import matpl", "matplotlib.pyplot"),
    ],
)
async def test_names_keys_and_modules_are_completed(
    screen: Screen, typed: str, offered: str
) -> None:
    await screen.write("Statement", "")
    await screen.page.keyboard.type(typed)

    options = screen.page.get_by_role("option")
    await expect(options.filter(has_text=offered).first).to_be_visible()


async def test_a_node_of_a_workflow_gives_its_result(screen: Screen) -> None:
    await screen.page.get_by_label("Profile").select_option("node")
    await screen.button("Run").click()

    await screen.ended()
    await screen.shows('{"total": 510, "largest": 310}')


async def test_a_module_s_node_is_run_with_a_field_for_each_pin(screen: Screen) -> None:
    await screen.page.get_by_label("Profile").select_option("wasm-node")
    await screen.button("Read the pins").click()
    await screen.text("Text String").fill("ab")
    await screen.text("Times Integer").fill("3")
    await screen.button("Run").click()

    await screen.ended()
    await screen.shows('"repeated": "ababab"')


async def test_a_service_that_asks_who_calls_is_shown_the_authors_token(screen: Screen) -> None:
    shown: list[str | None] = []

    async def ask(route: Route) -> None:
        shown.append(await route.request.header_value("Authorization"))
        problem = {"detail": "show who you are", "code": "unauthenticated"}
        await route.fulfill(status=401, json=problem)

    await screen.page.route("**/v1/runs", ask)
    await screen.button("Run").click()
    await screen.page.get_by_label("Access token").fill("a-key")
    await screen.button("Use it").click()
    await screen.button("Run").click()
    await expect(screen.page.get_by_role("alert")).to_contain_text("show who you are")

    assert shown == [None, "Bearer a-key"]
    screen.complaints.clear()  # the browser tells of every 401
