"""Makes the pictures of docs/statements/playground.md, one a view: `make screenshots`."""

import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, async_playwright

from processor.config import CHECKOUT
from tests.served import Served, served

from .chromium import chromium
from .screen import Screen

PICTURES: Final = CHECKOUT / "docs/statements/playground"
SIZE: Final = {"width": 1240, "height": 760}
COLOURS: Final = 128


async def rows(screen: Screen) -> None:
    """Show the rows of a run."""
    await screen.button("Run").click()
    await screen.ended()


async def error(screen: Screen) -> None:
    """Show findings while typing, and an error at its line."""
    await screen.run(
        "totals = []\nfor row in INPUT_DATA:\n    totals.append(row['price'] * row['pices'])\n"
        "return [{'total': sum(totals)}]\n",
        state="failed",
    )
    await screen.text("Statement").press("Control+End")
    await screen.page.keyboard.insert_text("\ntax: float = 0.21\n")
    await screen.page.get_by_role("list", name="Findings").wait_for()


async def schema(screen: Screen) -> None:
    """Show the detected schema beside the declared one."""
    await screen.declare(id="Text", customer="Text", vip="Boolean")
    await screen.button("Detect from a run").click()
    await screen.button("Accept all").wait_for()


async def cycles(screen: Screen) -> None:
    """Show cycles of a step that loses rows."""
    days = [f'  {{"id": {n}, "day": "2024-03-{1 + n // 3:02}"}}' for n in range(14)]
    await screen.give("[\n" + ",\n".join(days) + "\n]")
    await screen.declare(id="Integer", day="Text")
    await screen.tab("Input rows").click()
    await screen.page.get_by_label("taken from column").fill("day")
    later = "[r for r in INPUT_DATA if r['day'] > (DATA_CHECKPOINT or '')]"
    await screen.write("Statement", f"# Days are not unique: `>` loses rows.\nreturn {later}[:4]")
    await screen.tab("Cycles").click()
    await screen.button("Simulate").click()
    await screen.results.get_by_role("list", name="Cycles").wait_for()


async def difference(screen: Screen) -> None:
    """Show the difference of two runs."""
    statement = (
        "return [\n"
        '    {"id": row["id"], "customer": row["customer"].title(), "total": row["price"]}\n'
        "    for row in INPUT_DATA[:3]\n"
        "]\n"
    )
    await screen.run(statement)
    await screen.shows("Ada Lovelace")
    await screen.run(statement.replace(".title()", ".upper()").replace("[:3]", "[1:4]"))
    await screen.shows("MARY JACKSON")
    await screen.tab("Difference").click()
    await screen.shows("1 added")


async def figures(screen: Screen) -> None:
    """Show what a statement drew."""
    await screen.declare(id="Integer", total="Double")
    await screen.run(
        "from matplotlib import pyplot as plt\n\n"
        "totals = [row['price'] * row['pieces'] for row in INPUT_DATA]\n"
        "plt.figure(figsize=(7, 3))\n"
        "plt.bar([row['customer'].title() for row in INPUT_DATA], totals)\n"
        "plt.xticks(rotation=20)\n"
        "plt.tight_layout()\n\n"
        "return [{'id': r['id'], 'total': t} for r, t in zip(INPUT_DATA, totals)]\n"
    )
    await screen.tab("Figures").click()
    await screen.results.get_by_role("img", name="Figure 1").wait_for()


async def node(screen: Screen) -> None:
    """Show a module's node with its pins."""
    await screen.page.get_by_label("Profile").select_option("wasm-node")
    await screen.button("Read the pins").click()
    await screen.text("Times Integer").wait_for()
    await screen.button("Run").click()
    await screen.ended()


async def gallery(screen: Screen) -> None:
    """Show the gallery."""
    await screen.button("Gallery").click()
    await screen.page.get_by_label("Find").fill("checkpoint")


async def dark(screen: Screen) -> None:
    """Show where a run's time went, in the dark."""
    await rows(screen)
    await screen.tab("Cost and walls").click()


VIEWS: Final[tuple[Callable[[Screen], Awaitable[None]], ...]] = (
    rows,
    error,
    schema,
    cycles,
    difference,
    figures,
    node,
    gallery,
    dark,
)


async def take(
    browser: Browser, service: Served, view: Callable[[Screen], Awaitable[None]]
) -> None:
    """Take one picture."""
    context = await browser.new_context(
        viewport={"width": SIZE["width"], "height": SIZE["height"]},
        color_scheme="dark" if view is dark else "light",
        reduced_motion="reduce",
    )
    screen = Screen(page=await context.new_page(), address=f"http://127.0.0.1:{service.port}")
    await screen.open()
    await view(screen)
    await screen.page.mouse.move(0, 0)
    file = PICTURES / f"{view.__name__}.png"
    taken = await screen.page.screenshot(caret="hide", animations="disabled")
    await context.close()
    # A page has few colours: a palette of them makes a third of the file.
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS).save(file, optimize=True)


async def main() -> None:
    """Take all pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as service:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox"]
            )
            for view in VIEWS:
                await take(browser, service, view)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
