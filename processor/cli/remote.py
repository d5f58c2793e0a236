"""What commands do with `--url`: let a service do it, and take its answers as their own."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, NoReturn, TypeVar

import click
import msgspec

from processor import client
from processor.checkpoint import Checkpoint, Move
from processor.client import Client, ClientError, RefusedRequest, StepCheckpoint
from processor.errors import InputMismatch
from processor.identity import Tenant
from processor.schema import SchemaDocuments
from processor.step import SchemaName, StepId
from processor.values import Json

from .main import OUR_FAULT, USAGE_ERROR, Context

Result = TypeVar("Result")

SERVER_ERRORS: Final = 500

by_url = click.option(
    "--url", help="The address of a service that does it; the setting `remote.token` is its key."
)


def asked(context: Context, url: str, work: Callable[[Client], Awaitable[Result]]) -> Result:
    """Let the service at that address do the work; exits as the command does for its refusals."""
    token = context.configuration.settings.remote.token

    async def done() -> Result:
        async with Client(url, token=token or None) as client:
            return await work(client)

    try:
        return asyncio.run(done())
    except RefusedRequest as refused:
        click.echo(f"processor: {refused}", err=True)
        for at in refused.problem.errors:
            click.echo(f"  {at.pointer or '/'}: {at.message}", err=True)
        raise SystemExit(_exit_code(refused)) from refused
    except ClientError as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error


def _exit_code(refused: RefusedRequest) -> int:
    if refused.problem.code == InputMismatch.code:
        return InputMismatch.exit_code
    return OUR_FAULT if refused.problem.status >= SERVER_ERRORS else USAGE_ERROR


def body_of(request: dict[str, Any]) -> dict[str, Any]:
    """Give a request as it is sent: a step's texts may hold what is no Unicode, and JSON can."""
    return {**request, "step": msgspec.Raw(json.dumps(request["step"]).encode())}


class RemoteSchemas(SchemaDocuments):
    """The repository of a service, as rows of files are read by it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def of(self, _tenant: Tenant) -> SchemaDocuments:
        """Give the same: whose they are the token says."""
        return self

    async def get(self, name: SchemaName) -> dict[str, Json] | None:
        """Give the schema of that name, or None."""
        return await self._client.schema(name)

    async def put(self, name: SchemaName, document: dict[str, Json]) -> NoReturn:
        """No command puts one."""
        raise NotImplementedError


class RemoteCheckpoints:
    """The checkpoints of a service, as commands look at and set them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def get(self, step_id: StepId) -> Checkpoint | None:
        """Give the checkpoint as it stands, or None."""
        found = await self._client.checkpoint(step_id)
        return None if found is None else _checkpoint(found)

    async def set(
        self, step_id: StepId, value: bytes, *, expected_version: int | None
    ) -> Checkpoint:
        """Set it."""
        content = msgspec.Raw(value)
        return _checkpoint(
            await self._client.set_checkpoint(step_id, content, expected_version=expected_version)
        )

    async def reset(self, step_id: StepId, *, expected_version: int | None) -> Checkpoint:
        """Set it to null."""
        return _checkpoint(
            await self._client.reset_checkpoint(step_id, expected_version=expected_version)
        )

    async def history(
        self, step_id: StepId, *, below_version: int | None, limit: int
    ) -> list[Move]:
        """Give the moves, newest first."""
        moves: list[Move] = []
        async for each in self._client.moves(step_id):
            if below_version is None or each.version < below_version:
                moves.append(_move(each))
            if len(moves) == limit:
                break
        return moves


def _checkpoint(found: StepCheckpoint) -> Checkpoint:
    return Checkpoint(
        step_id=StepId(found.step_id),
        value=bytes(found.value),
        version=found.version,
        run_id=found.run_id,
        updated_at=found.updated_at,
    )


def _move(found: client.Move) -> Move:
    return Move(
        version=found.version,
        value=bytes(found.value),
        run_id=found.run_id,
        source=found.source,
        at=found.at,
    )
