"""Stored steps: a version is a row, the newest row is the step, a removal is a row without text."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from processor.errors import VersionMoved
from processor.step import StepId, StoredStep

from .tenants import Tenanted
from .transaction import Row, Transaction


class KeptSteps(Tenanted):
    """Satisfies StoredSteps."""

    async def get(self, step_id: StepId, version: int | None = None) -> StoredStep | None:
        """See StoredSteps."""
        return await self._database.read(lambda reading: stored(reading, step_id, version))

    async def put(
        self, step_id: StepId, document: bytes, *, expected_version: int | None
    ) -> StoredStep:
        """See StoredSteps."""
        return await self._database.write(partial(_put, step_id, document, expected_version))

    async def remove(self, step_id: StepId, *, expected_version: int | None) -> None:
        """See StoredSteps."""
        await self._database.write(partial(_remove, step_id, expected_version))

    async def versions(
        self, step_id: StepId, *, below: int | None, limit: int
    ) -> Sequence[StoredStep]:
        """See StoredSteps."""
        rows = await self._database.read(
            lambda reading: reading.all("list_versions", step_id=step_id, below=below, limit=limit)
        )
        return [_version(row, step_id) for row in rows]


def stored(
    transaction: Transaction, step_id: StepId, version: int | None = None
) -> StoredStep | None:
    """Give a version of a step, its newest where none is named; None where it is not there."""
    row = transaction.one("find_version", step_id=step_id, version=version)
    return None if row is None or row["document"] is None else _version(row, step_id)


def _put(
    step_id: StepId, document: bytes, expected_version: int | None, transaction: Transaction
) -> StoredStep:
    newest = transaction.one("find_version", step_id=step_id, version=None)
    _require(newest, expected_version)
    if newest is not None and newest["document"] == document:
        return _version(newest, step_id)
    return _add(transaction, step_id, newest, document)


def _remove(step_id: StepId, expected_version: int | None, transaction: Transaction) -> None:
    newest = transaction.one("find_version", step_id=step_id, version=None)
    _require(newest, expected_version)
    if newest is not None and newest["document"] is not None:
        _add(transaction, step_id, newest, None)


def _require(newest: Row | None, expected_version: int | None) -> None:
    now = 0 if newest is None or newest["document"] is None else newest["version"]
    if expected_version is not None and expected_version != now:
        raise VersionMoved(
            f"the step is at version {now}, not at {expected_version}; read it again first"
        )


def _add(
    transaction: Transaction, step_id: StepId, newest: Row | None, document: bytes | None
) -> StoredStep:
    row = transaction.one(
        "add_version",
        step_id=step_id,
        version=1 if newest is None else newest["version"] + 1,
        digest=f"sha256:{hashlib.sha256(document or b'').hexdigest()}",
        document=document,
    )
    assert row is not None, "an insertion gives its row"
    return _version(row, step_id)


def _version(row: Row, step_id: StepId) -> StoredStep:
    return StoredStep(
        step_id=step_id,
        version=row["version"],
        digest=row["digest"],
        document=row["document"],
        updated_at=datetime.fromisoformat(row["at"]),
    )
