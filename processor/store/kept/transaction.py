"""What a database gives to those who keep things in it: its queries by name, all or nothing."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, TypeVar

Value: TypeAlias = str | bytes | int | float | None
T = TypeVar("T")


class Row(Protocol):
    """One row of a query's answer."""

    def __getitem__(self, column: str, /) -> Any:
        """Give the value of a column."""


class Transaction(Protocol):
    """The queries of one transaction, by name."""

    def one(self, query: str, /, **parameters: Value) -> Row | None:
        """Give the query's row, or None where it has none."""

    def all(self, query: str, /, **parameters: Value) -> list[Row]:
        """Give the query's rows."""

    def change(self, query: str, /, **parameters: Value) -> int:
        """Run a query that gives nothing, and tell how many rows it changed."""


class Database(Protocol):
    """Transactions, each a function of its queries."""

    async def write(
        self, work: Callable[[Transaction], T], *, durable: bool = True, repeatable: bool = False
    ) -> T:
        """
        Run `work` as one transaction: kept whole when this returns, undone where it raises.

        Where others got in the way, it is undone and run again: what it leaves outside of the
        database must bear that. `durable` as False lets a database return before the change is on
        the disk, if it holds then that only processes which saw it can miss it. With `repeatable`,
        `work` does no harm when it is done twice: it is tried for longer, also where nobody knows
        whether it was kept, because the connection was lost meanwhile.

        Raises StoreUnavailable where the database cannot be reached, else ProcessorFault.
        """

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, which changes nothing, on the database as it was last committed."""
