"""Room for the bodies of requests: all that are being read and answered share it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from processor.errors import Busy

FREE_BYTES: Final = 64 << 10
"""A body that small takes no room: it waits for nobody."""
PATIENCE_SECONDS: Final = 10.0


def wanted_by(request: web.Request, most: int) -> int:
    """Give how large a request's body may get in memory: what it says, or as large as may be."""
    told = request.content_length
    coded = request.headers.get("Content-Encoding", "identity").lower() != "identity"
    if not request.can_read_body:
        return 0
    return most if told is None or coded else told


class Room:
    """So many bytes of bodies at a time; who finds no room waits a while, in order."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._size = size
        self._turn = asyncio.Lock()
        self._left = asyncio.Condition()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """
        Hold room for a body while the block lasts.

        Raises Busy where others do not leave any in time. A body that is larger than all the room
        there is has it alone.
        """
        if size <= FREE_BYTES:
            yield
            return
        wanted = min(size, self._size)
        await self._wait_for(wanted)
        try:
            yield
        finally:
            async with self._left:
                self._free += wanted
                self._left.notify_all()

    async def _wait_for(self, wanted: int) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._turn, self._left:
                await self._left.wait_for(lambda: self._free >= wanted)
                self._free -= wanted
        except TimeoutError:
            message = f"the bodies of other requests leave no room for {wanted:,} bytes"
            raise Busy(message, retry_after=1) from None


ROOM: Final = web.AppKey("room", Room)


@web.middleware
async def in_room(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take a request once there is room for its body, which it has until it is answered."""
    async with request.app[ROOM].taken(wanted_by(request, request.client_max_size)):
        return await handler(request)
