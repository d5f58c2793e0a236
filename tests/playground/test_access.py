"""The page for those who do not see it, or see it in the dark, or use no mouse."""

import json

import pytest
from playwright.async_api import Browser, expect

from processor.config import CHECKOUT
from tests.served import Served

from .screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = CHECKOUT / "playground/node_modules/axe-core/axe.min.js"
RESULTS = ["JSON", "Log", "Figures", "Cycles", "Difference", "Cost and walls"]
INPUTS = ["Other inputs", "Output schema", "Step", "Input rows"]


async def faults(screen: Screen) -> list[str]:
    """Give what axe takes for serious or critical on the page as it stands."""
    found = await screen.page.evaluate(
        "async () => JSON.stringify((await axe.run({resultTypes: ['violations']})).violations)"
    )
    return [
        f"{each['id']}: {each['nodes'][0]['html']}: {each['nodes'][0]['failureSummary']}"
        for each in json.loads(found)
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_serious_fault_in_any_view(
    browser: Browser, service: Served, scheme: str
) -> None:
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    screen = Screen(page=await context.new_page(), address=f"http://127.0.0.1:{service.port}")
    await screen.open()
    await screen.page.evaluate(AXE.read_text("utf-8"))
    found = {"at first": await faults(screen)}

    await screen.run("import os\nlog.warn('look')\nraise ValueError('no')", state="failed")
    found["error"] = await faults(screen)
    await screen.declare(id="Integer", n="Text")
    await screen.tab("Input rows").click()
    await screen.run("return [{'id': 1, 'n': None}]", state="failed")
    found["mismatch"] = await faults(screen)
    await screen.run("log.error('look')\nreturn [{'id': 1, 'n': 'a'}, {'id': 2, 'n': 'b'}]")
    found["rows"] = await faults(screen)
    await screen.page.get_by_label("taken from column").fill("id")
    for tab in [*RESULTS, *INPUTS]:
        await screen.tab(tab).click()
        if tab == "Cycles":
            await screen.button("Simulate").click()
            await screen.results.get_by_role("list", name="Cycles").wait_for()
        found[tab] = await faults(screen)
    for window in ("Gallery", "History", "Keys"):
        await screen.button(window).click()
        await screen.page.get_by_role("dialog").wait_for()
        found[window] = await faults(screen)
        await screen.page.keyboard.press("Escape")
    await context.close()

    assert {view: each for view, each in found.items() if each} == {}


async def test_the_page_can_be_used_by_the_keyboard_alone(screen: Screen) -> None:
    await screen.text("Statement").focus()
    await screen.page.keyboard.press("Control+Enter")
    await screen.ended()
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("Tab")
    await expect(screen.tab("Input rows")).to_be_focused()
    await screen.page.keyboard.press("ArrowRight")

    await expect(screen.tab("Other inputs")).to_be_focused()
    await expect(screen.text("Other inputs by name, as JSON")).to_be_visible()


async def test_how_a_run_ended_is_said_aloud(screen: Screen) -> None:
    await screen.declare(x="Integer")
    await screen.run("return [{'x': 1}, {'x': 2}]")

    await expect(screen.page.get_by_role("status")).to_have_text("The run succeeded, 2 rows.")
