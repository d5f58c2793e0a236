"""`processor doctor`: whether this machine can serve, and what to do where it cannot."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from processor import wiring
from processor.config import CHECKOUT
from processor.environment import State, known, locate, state
from processor.logs import set_up_logs
from processor.manifest import read_manifest

from .main import OUR_FAULT, Context

NOT_NEEDED: Final = "not built; only steps that ask for it need it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that must be so."""

    name: str
    good: bool
    found: str


@click.command("doctor")
@click.pass_obj
def doctor(context: Context) -> None:
    """Check interpreter, environments, store and runtime; exits with 20 where one will not do."""
    set_up_logs(context.configuration.settings.log_format, quiet=True)
    checks = list(_checks(context))
    for check in checks:
        click.echo(f"{'ok ' if check.good else 'BAD'}  {check.name}: {check.found}")
    if not all(check.good for check in checks):
        raise SystemExit(OUR_FAULT)


def _checks(context: Context) -> Iterator[Check]:
    version = sys.version.split()[0]
    yield Check(name="python", good=sys.version_info[:2] == (3, 11), found=version)
    sqlite_good = sqlite3.sqlite_version_info >= (3, 35)
    yield Check(name="sqlite", good=sqlite_good, found=sqlite3.sqlite_version)
    needed = read_manifest(CHECKOUT / "connector_manifest.json").default_profile.environment
    for name in known(context.locks_dir):
        house = locate(name, environments_dir=context.environments_dir, locks_dir=context.locks_dir)
        now, reason = state(house)
        if now is State.NONE and name != needed:
            yield Check(name=f"environment {name}", good=True, found=NOT_NEEDED)
            continue
        yield Check(name=f"environment {name}", good=now is State.READY, found=reason or now.value)
    yield from asyncio.run(_starts(context, needed))


async def _starts(context: Context, needed: str) -> list[Check]:
    """Open the store, get a zygote warm and try the walls, as the service would."""
    settings = context.configuration.settings
    try:
        async with wiring.opened(settings, CHECKOUT, warms=lambda _module: False) as processor:
            environment = processor.environments.get(needed)
            await processor.runtime.warm_up(environment)
            proof = await processor.runtime.prove(environment)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        return [Check(name="runtime and store", good=False, found=str(error))]
    through = ", ".join(proof.got_through)
    return [
        Check(name="runtime and store", good=True, found=str(Path(settings.data_dir))),
        Check(
            name="isolation",
            good=not through,
            found=f"level {proof.isolation.level}" + (f": could {through}" if through else ""),
        ),
    ]
