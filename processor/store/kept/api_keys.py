"""API keys: looked up at each request, so that what is done to one holds at once everywhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from processor.identity import ApiKey, Minted, Scope, Tenant, read_scopes

from .transaction import Database, Row, Transaction


class KeptKeys:
    """Satisfies Keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        minted: Minted,
        *,
        name: str,
        tenant: Tenant,
        scopes: frozenset[Scope],
        lasts: timedelta | None,
    ) -> ApiKey:
        """See Keys."""
        seconds = None if lasts is None else lasts.total_seconds()
        told = {"name": name, "tenant": tenant, "scopes": _written(scopes)}
        return await self._database.write(
            lambda adding: _add(adding, minted, **told, lasts_seconds=seconds)
        )

    async def usable(self, key_id: str) -> ApiKey | None:
        """See Keys."""
        row = await self._database.read(
            lambda reading: reading.one("find_usable_api_key", key_id=key_id)
        )
        return None if row is None else _key(row)

    async def list(self) -> Sequence[ApiKey]:
        """See Keys."""
        rows = await self._database.read(lambda reading: reading.all("list_api_keys"))
        return [_key(row) for row in rows]

    async def revoke(self, key_id: str) -> ApiKey | None:
        """See Keys."""
        return await self._database.write(partial(_revoke, key_id))

    async def rotate(self, key_id: str, minted: Minted, overlap: timedelta) -> ApiKey | None:
        """See Keys."""
        return await self._database.write(partial(_rotate, key_id, minted, overlap))

    async def used(self, key_id: str) -> None:
        """See Keys."""
        await self._database.write(
            lambda using: using.change("use_api_key", key_id=key_id), durable=False
        )


def _add(
    transaction: Transaction, minted: Minted, *, lasts_seconds: float | None, **told: str
) -> ApiKey:
    transaction.change(
        "add_api_key",
        key_id=minted.key_id,
        digest=minted.digest,
        lasts_seconds=lasts_seconds,
        **told,
    )
    return _existing(transaction, minted.key_id)


def _revoke(key_id: str, transaction: Transaction) -> ApiKey | None:
    transaction.change("revoke_api_key", key_id=key_id)
    row = transaction.one("find_api_key", key_id=key_id)
    return None if row is None else _key(row)


def _rotate(
    key_id: str, minted: Minted, overlap: timedelta, transaction: Transaction
) -> ApiKey | None:
    row = transaction.one("find_usable_api_key", key_id=key_id)
    if row is None:
        return None
    transaction.change("expire_api_key", key_id=key_id, seconds=overlap.total_seconds())
    told = {"name": row["name"], "tenant": row["tenant"], "scopes": row["scopes"]}
    return _add(transaction, minted, **told, lasts_seconds=row["lasts_seconds"])


def _existing(transaction: Transaction, key_id: str) -> ApiKey:
    row = transaction.one("find_api_key", key_id=key_id)
    assert row is not None, "it was kept in this transaction"
    return _key(row)


def _key(row: Row) -> ApiKey:
    return ApiKey(
        key_id=row["key_id"],
        name=row["name"],
        tenant=Tenant(row["tenant"]),
        scopes=read_scopes(row["scopes"].split()),
        digest=row["digest"],
        created_at=datetime.fromisoformat(row["created_at"]),
        expires_at=_moment(row["expires_at"]),
        revoked_at=_moment(row["revoked_at"]),
        last_used_at=_moment(row["last_used_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _written(scopes: frozenset[Scope]) -> str:
    return " ".join(sorted(scopes))
