"""How late the event loop is: everybody waits that long for anything."""

import asyncio
import time
from typing import Final

from prometheus_client import Histogram

EVERY_SECONDS: Final = 0.5


async def watch_loop(lag: Histogram) -> None:
    """Measure how late a timer comes, for as long as it is not cancelled."""
    while True:
        due = time.monotonic() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        lag.observe(max(time.monotonic() - due, 0.0))
