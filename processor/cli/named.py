"""`processor env put` and its like: environments from requirements, under a name of one's own."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

import click

from processor.config import CHECKOUT
from processor.environment import State
from processor.environment.custom import Description, TenantEnvironments
from processor.errors import ProcessorFault, Refusal
from processor.logs import set_up_logs
from processor.manifest import read_manifest

from .main import OUR_FAULT, USAGE_ERROR, Context

LOOK_SECONDS: Final = 0.1
"""Between two looks at how far a build is."""
Answer = TypeVar("Answer")


@click.command("put")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def put(context: Context, name: str, file: Path) -> None:
    """Give NAME to the requirements in FILE, and build them; what was ready before serves on."""
    text = file.read_text("utf-8", "replace")
    _settle(context, name, lambda environments: environments.put(name, text))


@click.command("rebuild")
@click.argument("name")
@click.pass_obj
def rebuild(context: Context, name: str) -> None:
    """Resolve and build anew what NAME leads to."""
    _settle(context, name, lambda environments: environments.rebuild(name))


@click.command("delete")
@click.argument("name")
@click.pass_obj
def delete(context: Context, name: str) -> None:
    """Forget NAME; what it led to is removed once nobody has used it for `custom.keep_days`."""
    _with_environments(context, lambda environments: environments.drop(name))


@click.command("named")
@click.pass_obj
def named(context: Context) -> None:
    """Print the environments that have a name of one's own, as JSON."""

    async def look(environments: TenantEnvironments) -> list[dict[str, object]]:
        return [_facts(environments.describe(name)) for name in environments.names()]

    click.echo(json.dumps(_with_environments(context, look), indent=2))


COMMANDS: Final = (put, rebuild, delete, named)


def _settle(
    context: Context, name: str, begin: Callable[[TenantEnvironments], Awaitable[Description]]
) -> None:
    """Begin a build, wait for its end, and tell it; exits with our fault where it failed."""

    async def settle(environments: TenantEnvironments) -> Description:
        described = await begin(environments)
        while described.state is State.BUILDING:
            await asyncio.sleep(LOOK_SECONDS)
            described = environments.describe(name)
        return described

    described = _with_environments(context, settle)
    click.echo(json.dumps(_facts(described), indent=2))
    if described.state is not State.READY:
        raise SystemExit(OUR_FAULT)


def _with_environments(
    context: Context, work: Callable[[TenantEnvironments], Awaitable[Answer]]
) -> Answer:
    # Deferred: all of a service is behind it, and `processor env build` needs none of that.
    from processor.wiring import opened_environments

    settings = context.configuration.settings
    set_up_logs(settings.log_format, quiet=True)

    async def run() -> Answer:
        manifest = read_manifest(CHECKOUT / "connector_manifest.json")
        async with opened_environments(
            settings, CHECKOUT, manifest, lambda _module: False
        ) as opened:
            return await work(opened.all)

    try:
        return asyncio.run(run())
    except Refusal as refusal:
        click.echo(f"processor: {refusal.message}", err=True)
        raise SystemExit(USAGE_ERROR) from refusal
    except ProcessorFault as fault:
        click.echo(f"processor: {fault}", err=True)
        raise SystemExit(OUR_FAULT) from fault


def _facts(described: Description) -> dict[str, object]:
    failure, serving = described.failure, described.serving
    return {
        "id": described.id,
        "state": described.state.value,
        "requirements": described.requirements,
        "error": failure and failure.reason,
        "broken": list(failure.broken) if failure else [],
        "digest": serving and f"sha256:{serving.digest}",
        "packages": {pin.name: pin.version for pin in serving.pins} if serving else {},
    }
