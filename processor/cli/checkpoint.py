"""`processor checkpoint`: look at, set and reset checkpoints in the data folder."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NoReturn, TypeVar

import click
import msgspec

from processor.checkpoint import Checkpoint, Checkpoints, Move
from processor.errors import InvalidRequest, ProcessorFault, VersionMoved
from processor.identity import DEFAULT_TENANT, Tenant
from processor.step import StepId, decoded
from processor.step import step_id as as_step_id
from processor.store.opening import opened as opened_store

from .kept import as_tenant, place_of
from .main import OUR_FAULT, USAGE_ERROR, Context
from .remote import RemoteCheckpoints, asked, by_url

Answer = TypeVar("Answer")

_version = click.option("--if-version", type=int, help="Only where this is the current version.")


@click.group("checkpoint")
@by_url
@click.option("--tenant", callback=as_tenant, default=DEFAULT_TENANT, show_default=True)
@click.pass_context
def checkpoint(ctx: click.Context, url: str | None, tenant: Tenant) -> None:
    """Look at, set and reset a tenant's checkpoints in the data folder, or those of a service."""
    if url is not None and tenant != DEFAULT_TENANT:
        raise click.UsageError("a service knows the tenant by `remote.token`: omit --tenant")
    ctx.obj = replace(ctx.obj, url=url, tenant=tenant)


@checkpoint.command("show")
@click.argument("step_id")
@click.pass_obj
def show(context: Context, step_id: str) -> None:
    """Print the checkpoint of STEP_ID."""
    known = _step_id(step_id)
    found = _with_checkpoints(context, lambda kept: kept.get(known))
    _print(found if found is not None else _unknown(step_id))


@checkpoint.command("history")
@click.argument("step_id")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.pass_obj
def history(context: Context, step_id: str, limit: int) -> None:
    """Print the moves of STEP_ID's checkpoint, newest first."""
    known = _step_id(step_id)

    def look(kept: Checkpoints) -> Awaitable[list[Move]]:
        return kept.history(known, below_version=None, limit=limit)

    for move in _with_checkpoints(context, look) or _unknown(step_id):
        run = f"  {move.run_id}" if move.run_id else ""
        at = move.at.isoformat(timespec="seconds")
        click.echo(f"{move.version:>6}  {move.value.decode()}  {move.source}  {at}{run}")


@checkpoint.command("set")
@click.argument("step_id")
@click.argument("value")
@_version
@click.pass_obj
def set_(context: Context, step_id: str, value: str, if_version: int | None) -> None:
    """Set the checkpoint of STEP_ID to VALUE, a JSON value."""
    known = _step_id(step_id)
    try:
        content = msgspec.json.encode(decoded(value.encode(errors="replace"), object))
    except InvalidRequest as error:
        raise click.UsageError(f"{value!r:.80}: {error.message}") from error

    def put(kept: Checkpoints) -> Awaitable[Checkpoint]:
        return kept.set(known, content, expected_version=if_version)

    _print(_with_checkpoints(context, put))


@checkpoint.command("reset")
@click.argument("step_id")
@_version
@click.pass_obj
def reset(context: Context, step_id: str, if_version: int | None) -> None:
    """Set the checkpoint of STEP_ID to null."""
    known = _step_id(step_id)

    async def put_null(kept: Checkpoints) -> Checkpoint | None:
        if await kept.get(known) is None:
            return None
        return await kept.reset(known, expected_version=if_version)

    _print(_with_checkpoints(context, put_null) or _unknown(step_id))


def _with_checkpoints(context: Context, work: Callable[[Checkpoints], Awaitable[Answer]]) -> Answer:
    if context.url is not None:
        return asked(context, context.url, lambda client: work(RemoteCheckpoints(client)))

    async def opened() -> Answer:
        async with opened_store(place_of(context.configuration.settings)) as store:
            return await work(store.of(context.tenant).checkpoints)

    try:
        return asyncio.run(opened())
    except VersionMoved as error:
        click.echo(f"processor: {error.message}", err=True)
        raise SystemExit(USAGE_ERROR) from error
    except ProcessorFault as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error


def _step_id(given: str) -> StepId:
    try:
        return as_step_id(given, "STEP_ID")
    except InvalidRequest as error:
        raise click.UsageError(f"{given!r:.80}: {error.message}") from error


def _unknown(step_id: str) -> NoReturn:
    click.echo(f"the step {step_id!r} has no checkpoint", err=True)
    raise SystemExit(USAGE_ERROR)


def _print(found: Checkpoint) -> None:
    click.echo(f"{found.value.decode()}  (version {found.version})")
