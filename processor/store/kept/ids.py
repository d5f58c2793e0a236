"""How runs are called and moments are written, on every database."""

from datetime import UTC, datetime

from ulid import ULID

from processor.run import RunId


def new_id() -> RunId:
    """Give an id for a run; ids of later runs are larger."""
    return RunId(str(ULID()))


def instant(moment: datetime) -> str:
    """
    Write a moment as the database does.

    >>> instant(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2024-01-02T03:04:05.000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
