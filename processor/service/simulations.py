"""Simulate cycles of a step."""

import asyncio

from aiohttp import web

from processor.errors import Draining
from processor.step import SimulationOrder, decode_simulation

from .parts import parts_of
from .samples import answer_encoded, encoded, read_sample


async def simulate(request: web.Request) -> web.Response:
    """POST /v1/simulate: cycles over the same inputs; keeps nothing, and moves no checkpoint."""
    parts = parts_of(request)
    if parts.engine.draining:
        raise Draining("the service is stopping and simulates no more", retry_after=5)
    body = await read_sample(request)
    order: SimulationOrder = await asyncio.to_thread(decode_simulation, body, parts.profiles)
    simulation = await parts.simulator.simulate(order)
    return answer_encoded(await asyncio.to_thread(encoded, lambda: simulation))
