"""
A client of the HTTP interface, with the service's own types.

    async with Client("http://127.0.0.1:8080", token="prc_…") as client:
        run = await client.run({"statement": "return []", "output_schema": "contact"})
"""

from .answers import Inference, Move, Problem, StepCheckpoint
from .client import Client
from .failures import ClientError, RefusedRequest, Unreachable

__all__ = [
    "Client",
    "ClientError",
    "Inference",
    "Move",
    "Problem",
    "RefusedRequest",
    "StepCheckpoint",
    "Unreachable",
]
