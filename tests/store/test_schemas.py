"""The repository of schemas on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from processor.step import SchemaName
from processor.store import sqlite
from processor.values import Json
from tests.store.build import Store

NAME = SchemaName("orders")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with sqlite.opened(tmp_path) as opened:
        yield opened


async def test_an_unknown_schema_is_none(store: Store) -> None:
    assert await store.schemas.get(NAME) is None


async def test_a_schema_is_given_as_it_was_written(store: Store) -> None:
    document: dict[str, Json] = {"z": 1.0, "a": [None, True, "é"], "n": 2**70}

    await store.schemas.put(NAME, document)

    found = await store.schemas.get(NAME)
    assert found == document
    assert list(found) == ["z", "a", "n"]


async def test_a_schema_takes_the_place_of_an_earlier_one(store: Store) -> None:
    await store.schemas.put(NAME, {"a": 1})

    await store.schemas.put(NAME, {"b": 2})

    assert await store.schemas.get(NAME) == {"b": 2}
