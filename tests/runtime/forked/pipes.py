"""A child that is only two pipes, and the other ends of them."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from processor.runtime.forked.child import Child
from processor.runtime.forked.ends import Incoming, Outgoing
from processor.runtime.forked.zygote import Forked


@dataclass(frozen=True, kw_only=True)
class Pipes:
    """What a child would hold, beside the host's hold on it."""

    child: Child
    payload: io.FileIO
    frames: io.FileIO
    ended: "asyncio.Future[int | None]"


@asynccontextmanager
async def piped(process: int = -1) -> AsyncIterator[Pipes]:
    """Give a child that is the process as which it is looked at, and otherwise nobody."""
    their_payload, our_payload = os.pipe()
    our_frames, their_frames = os.pipe()
    ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
    with (
        closing(Outgoing(our_payload)) as payload,
        closing(Incoming(our_frames)) as frames,
        io.FileIO(their_payload, "rb") as their_payload_file,
        io.FileIO(their_frames, "wb") as their_frames_file,
    ):
        forked = Forked(process=process, handle=-1, uid=None, ended=ended)
        yield Pipes(
            child=Child(forked=forked, payload=payload, frames=frames),
            payload=their_payload_file,
            frames=their_frames_file,
            ended=ended,
        )
