"""The page as a person has it before them: what is typed, pressed and seen."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import ConsoleMessage, Locator, Page, expect

PATIENCE_MS = 30_000


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One open page, and what went wrong in it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    """What the browser complained about: policies that were broken, errors nobody caught."""

    async def open(self, path: str = "/playground") -> None:
        """Open the page and wait until it can be used."""
        self.page.on("console", _heard_by(self.complaints))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await self.page.goto(self.address + path)
        await self.text("Statement").wait_for()

    async def write(self, label: str, text: str) -> None:
        """Replace an editor's text, as one paste."""
        editor = self.text(label)
        await editor.click()
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.insert_text(text)

    async def declare(self, **types: str) -> None:
        """Declare the output schema, and no checkpoint: `x="Integer"`."""
        await self.tab("Input rows").click()
        await self.page.get_by_label("taken from column").fill("")
        columns = [{"name": n, "type": t, "nullable": False} for n, t in types.items()]
        await self.tab("Output schema").click()
        await self.write("Output schema, as JSON", json.dumps({"columns": columns}))

    async def give(self, rows: Any) -> None:
        """Give the statement its input rows; a text as it is."""
        await self.tab("Input rows").click()
        await self.write("Input rows, as JSON", rows if isinstance(rows, str) else json.dumps(rows))

    async def run(self, statement: str, *, state: str = "succeeded") -> None:
        """Run a statement and wait until it has ended so."""
        await self.write("Statement", statement)
        await self.page.keyboard.press("Control+Enter")
        await self.ended(state)

    async def ended(self, state: str = "succeeded") -> None:
        """Wait until a run has ended so."""
        await expect(self.page.locator(f".status.{state}")).to_be_visible(timeout=PATIENCE_MS)

    async def shows(self, text: str) -> None:
        """Wait until a text can be seen among the results."""
        await expect(self.results.get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)

    async def cells(self) -> list[list[str]]:
        """Give the rows of the table as they are shown, without their numbers."""
        rows = await self.results.locator("tbody tr").all()
        return [await row.locator("td").all_inner_texts() for row in rows]

    @property
    def results(self) -> Locator:
        """What came of the last run."""
        return self.page.get_by_role("region", name="Results")

    def text(self, label: str) -> Locator:
        """Give an editor by its label."""
        return self.page.get_by_role("textbox", name=label, exact=True)

    def tab(self, title: str) -> Locator:
        """Give a tab by the beginning of its title."""
        return self.page.get_by_role("tab", name=title)

    def button(self, name: str) -> Locator:
        """Give a button by its name."""
        return self.page.get_by_role("button", name=name)


def _heard_by(complaints: list[str]) -> Callable[[ConsoleMessage], None]:
    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    return hear
