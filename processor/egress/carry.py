"""What goes through, once it may: a tunnel's bytes, or one plain request and its answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import h11

from .line import Line, together
from .request import Wanted, end_to_end, onward


async def carry_tunnel(child: Line, outside: Line, *, idle_seconds: float) -> None:
    """Answer a CONNECT, and carry bytes both ways until both sides have ended, or none comes."""
    await child.send(h11.Response(status_code=200, reason=b"OK", headers=[]))
    early, _ = child.http.trailing_data
    if early:
        await outside.write(early)
    async with _idle(idle_seconds) as renew:
        await together(_pump(child, outside, renew), _pump(outside, child, renew))


async def carry_request(
    child: Line, outside: Line, request: h11.Request, wanted: Wanted, *, idle_seconds: float
) -> None:
    """
    Carry one request and its answer, both read and written anew.

    Whatever a client hides in the one or behind it is a request of its own to us, or an error.
    """
    await outside.send(onward(request, wanted))
    async with _idle(idle_seconds) as renew:
        await together(_carry_message(child, outside, renew), _carry_message(outside, child, renew))


@asynccontextmanager
async def _idle(seconds: float) -> AsyncIterator[Callable[[], None]]:
    """Give what puts off the end of a block by some seconds; raises TimeoutError at its end."""
    clock = asyncio.get_running_loop().time
    async with asyncio.timeout(seconds) as end:
        yield lambda: end.reschedule(clock() + seconds)


async def _pump(source: Line, target: Line, renew: Callable[[], None]) -> None:
    while data := await source.receive():
        await target.write(data)
        renew()
    target.end()


async def _carry_message(source: Line, target: Line, renew: Callable[[], None]) -> None:
    """Carry what is left of a message: of a request its body, of an answer all of it."""
    while True:
        event = await source.next_event()
        renew()
        match event:
            case h11.Data():
                await target.send(event)
            case h11.Response() | h11.InformationalResponse():
                await target.send(_answer(event))
            case h11.EndOfMessage():
                await target.send(h11.EndOfMessage())  # without trailers
                return
            case _:
                raise h11.RemoteProtocolError("the message has no end")


def _answer(
    event: h11.Response | h11.InformationalResponse,
) -> h11.Response | h11.InformationalResponse:
    return type(event)(
        status_code=event.status_code,
        reason=event.reason,
        headers=list(end_to_end(event.headers)),
    )
