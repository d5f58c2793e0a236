"""
Whose a transaction is: each query of it that names `:tenant` is given that tenant, and no other.

Who asks the store for something hands in no tenant, and so cannot hand in a wrong one: the store's
view for a tenant (`of`) does, and where a run or a schedule is taken up by whoever comes first, its
row says whose it is (`for_tenant`). A query that names `:tenant` in a transaction that is nobody's
fails, as it lacks a value.
"""

from collections.abc import Callable
from copy import copy
from typing import Self, TypeVar

from processor.identity import Tenant

from .transaction import Database, Row, Transaction, Value

T = TypeVar("T")


class TenantDatabase:
    """Satisfies Database, with transactions of one tenant."""

    def __init__(self, database: Database, tenant: Tenant) -> None:
        self._database = database
        self._tenant = tenant

    async def write(
        self, work: Callable[[Transaction], T], *, durable: bool = True, repeatable: bool = False
    ) -> T:
        """See Database."""
        return await self._database.write(
            lambda transaction: work(for_tenant(transaction, self._tenant)),
            durable=durable,
            repeatable=repeatable,
        )

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """See Database."""
        return await self._database.read(
            lambda transaction: work(for_tenant(transaction, self._tenant))
        )


class Tenanted:
    """What keeps something in a database for many tenants, as one of them sees it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, tenant: Tenant) -> Self:
        """Give the same, as a tenant sees it."""
        view = copy(self)
        view._database = TenantDatabase(self._database, tenant)  # noqa: SLF001 (a copy of its own)
        return view


class TenantTransaction:
    """Satisfies Transaction."""

    def __init__(self, transaction: Transaction, tenant: Tenant) -> None:
        self.anybodys = transaction
        self.tenant = tenant

    def one(self, query: str, /, **parameters: Value) -> Row | None:
        """See Transaction."""
        return self.anybodys.one(query, **parameters, tenant=self.tenant)

    def all(self, query: str, /, **parameters: Value) -> list[Row]:
        """See Transaction."""
        return self.anybodys.all(query, **parameters, tenant=self.tenant)

    def change(self, query: str, /, **parameters: Value) -> int:
        """See Transaction."""
        return self.anybodys.change(query, **parameters, tenant=self.tenant)


def for_tenant(transaction: Transaction, tenant: Tenant) -> TenantTransaction:
    """Go on with a transaction as a tenant's, whosever it was before."""
    if isinstance(transaction, TenantTransaction):
        transaction = transaction.anybodys
    return TenantTransaction(transaction, tenant)


def whose(transaction: Transaction) -> Tenant:
    """Tell whose a transaction is."""
    assert isinstance(transaction, TenantTransaction), "it is of a tenant's database"
    return transaction.tenant
