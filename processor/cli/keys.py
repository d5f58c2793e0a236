"""`processor keys`: API keys of this service's callers, in the data folder."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn, TypeVar

import click

from processor.errors import ProcessorFault
from processor.identity import (
    DEFAULT_TENANT,
    ApiKey,
    Keys,
    Scope,
    Tenant,
    mint,
    read_scopes,
)
from processor.store.opening import opened as opened_store

from .kept import as_tenant, place_of
from .main import OUR_FAULT, USAGE_ERROR, Context

Answer = TypeVar("Answer")

LONGEST_NAME: Final = 100
_UNITS: Final = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_ONCE: Final = "processor: the key is shown this once; the store has only a digest of it"


def _span(_context: click.Context, _option: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})([dhms])", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no span of time; write one as 90d, 12h, 30m or 0s")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _scopes(_context: click.Context, _option: click.Parameter, text: str) -> frozenset[Scope]:
    try:
        return read_scopes(name.strip() for name in text.split(","))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _name(_context: click.Context, _option: click.Parameter, text: str) -> str:
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise click.BadParameter(f"a name has 1 to {LONGEST_NAME} printable characters")
    return text


@click.group("keys")
def keys() -> None:
    """Make API keys, look at them, revoke them."""


@keys.command("create")
@click.option("--name", required=True, callback=_name, help="What to know it by, in lists.")
@click.option("--tenant", default=DEFAULT_TENANT, show_default=True, callback=as_tenant)
@click.option(
    "--scopes",
    default="run,check,checkpoint:read",
    show_default=True,
    callback=_scopes,
    help="run, check, checkpoint:read, checkpoint:write, metrics; admin is all of them.",
)
@click.option("--expires", callback=_span, help="After such a time, as 90d or 12h.")
@click.pass_obj
def create(
    context: Context,
    name: str,
    tenant: Tenant,
    scopes: frozenset[Scope],
    expires: timedelta | None,
) -> None:
    """Make a key and print it, this once, on standard output."""
    minted = mint()

    def add(kept: Keys) -> Awaitable[ApiKey]:
        return kept.add(minted, name=name, tenant=tenant, scopes=scopes, lasts=expires)

    _with_keys(context, add)
    click.echo(_ONCE, err=True)
    click.echo(minted.text)


@keys.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """Print every key: id, tenant, state, scopes, last use, name."""
    for key in _with_keys(context, lambda kept: kept.list()):
        used = "never" if key.last_used_at is None else _told(key.last_used_at)
        scopes = ",".join(sorted(key.scopes))
        click.echo(f"{key.key_id}  {key.tenant}  {_state(key)}  {scopes}  {used}  {key.name}")


@keys.command("show")
@click.argument("key_id")
@click.pass_obj
def show(context: Context, key_id: str) -> None:
    """Print what is known of the key KEY_ID."""
    found = [key for key in _with_keys(context, lambda kept: kept.list()) if key.key_id == key_id]
    key = found[0] if found else _unknown(key_id)
    moments = {
        "created": key.created_at,
        "expires": key.expires_at,
        "revoked": key.revoked_at,
        "last used": key.last_used_at,
    }
    told: dict[str, Any] = {
        "id": key.key_id,
        "name": key.name,
        "tenant": key.tenant,
        "scopes": ",".join(sorted(key.scopes)),
        "state": _state(key),
        **{name: "never" if at is None else _told(at) for name, at in moments.items()},
    }
    for name, value in told.items():
        click.echo(f"{name:<10} {value}")


@keys.command("revoke")
@click.argument("key_id")
@click.pass_obj
def revoke(context: Context, key_id: str) -> None:
    """Let the key KEY_ID be used no more; every process on the store refuses it from now on."""
    key = _with_keys(context, lambda kept: kept.revoke(key_id)) or _unknown(key_id)
    click.echo(f"{key.key_id} is revoked", err=True)


@keys.command("rotate")
@click.argument("key_id")
@click.option(
    "--overlap",
    default="24h",
    show_default=True,
    callback=_span,
    help="How long the old key stays usable, as 24h; 0s ends it at once.",
)
@click.pass_obj
def rotate(context: Context, key_id: str, overlap: timedelta) -> None:
    """Make a key in place of KEY_ID, with its scopes and tenant, and print it, this once."""
    minted = mint()
    key = _with_keys(context, lambda kept: kept.rotate(key_id, minted, overlap))
    if key is None:
        _unknown(key_id)
    click.echo(_ONCE, err=True)
    click.echo(minted.text)


def _with_keys(context: Context, work: Callable[[Keys], Awaitable[Answer]]) -> Answer:
    async def opened() -> Answer:
        async with opened_store(place_of(context.configuration.settings)) as store:
            return await work(store.keys)

    try:
        return asyncio.run(opened())
    except ProcessorFault as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error


def _unknown(key_id: str) -> NoReturn:
    click.echo(
        f"no usable key has the id {key_id!r:.80}; `processor keys list` shows all", err=True
    )
    raise SystemExit(USAGE_ERROR)


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    expired = key.expires_at is not None and key.expires_at <= datetime.now(UTC)
    return "expired" if expired else "usable"


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
