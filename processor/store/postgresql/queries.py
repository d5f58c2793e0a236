"""The queries by name, their parameters by number."""

import re
from pathlib import Path
from typing import Final

from processor.store.sql import named

PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_]+)")


class Query:
    """
    A query with its parameters by number, as the protocol has them.

    >>> query = Query("SELECT a FROM b WHERE c = :c AND d < :d::bigint\\nFOR UPDATE;")
    >>> query.names, query.reading
    (['c', 'd'], 'SELECT a FROM b WHERE c = $1 AND d < $2::bigint')
    """

    def __init__(self, text: str) -> None:
        self.names = [*dict.fromkeys(PARAMETER.findall(text))]
        numbers = {name: f"${number}" for number, name in enumerate(self.names, 1)}
        self.writing = PARAMETER.sub(lambda found: numbers[found[1]], text)
        self.reading = self.writing.partition("\nFOR ")[0]
        """Without holding rows, which a transaction that only reads may not do."""


QUERIES: Final = {
    name: Query(text)
    for name, text in named(Path(__file__).with_name("queries.sql").read_text()).items()
}
