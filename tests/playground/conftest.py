"""One browser for the session; a page with nothing kept for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.served import Served

from .chromium import chromium
from .screen import Screen


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        # Without Chromium's own sandbox, which root has not: it opens our pages alone.
        opened = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def screen(browser: Browser, service: Served) -> AsyncIterator[Screen]:
    """A page that is open; whatever the browser complained about fails the test."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    opened = Screen(page=await context.new_page(), address=f"http://127.0.0.1:{service.port}")
    await opened.open()
    yield opened
    await context.close()
    assert opened.complaints == []
