"""What every store promises of stored steps: a version for each content, none lost."""

import pytest

from processor.errors import VersionMoved
from tests.store.build import STEP, Store


async def test_a_stored_step_is_given_as_it_was_put(store: Store, other: Store) -> None:
    put = await store.steps.put(STEP, b'{"a":1}', expected_version=None)

    assert (put.version, put.document) == (1, b'{"a":1}')
    assert await other.steps.get(STEP) == put


async def test_another_content_is_another_version(store: Store) -> None:
    await store.steps.put(STEP, b'{"a":1}', expected_version=None)

    second = await store.steps.put(STEP, b'{"a":2}', expected_version=1)

    assert second.version == 2
    assert [each.version for each in await store.steps.versions(STEP, below=None, limit=9)] == [
        2,
        1,
    ]


async def test_the_same_content_is_the_same_version(store: Store) -> None:
    first = await store.steps.put(STEP, b'{"a":1}', expected_version=None)

    assert await store.steps.put(STEP, b'{"a":1}', expected_version=None) == first


async def test_an_earlier_version_is_still_there(store: Store) -> None:
    first = await store.steps.put(STEP, b'{"a":1}', expected_version=None)
    await store.steps.put(STEP, b'{"a":2}', expected_version=None)

    assert await store.steps.get(STEP, 1) == first
    assert await store.steps.get(STEP, 3) is None


@pytest.mark.parametrize("expected", [0, 2])
async def test_a_step_is_put_only_over_the_version_that_was_seen(
    store: Store, expected: int
) -> None:
    await store.steps.put(STEP, b'{"a":1}', expected_version=0)

    with pytest.raises(VersionMoved):
        await store.steps.put(STEP, b'{"a":2}', expected_version=expected)


async def test_a_removed_step_is_not_there_and_its_versions_go_on(store: Store) -> None:
    await store.steps.put(STEP, b'{"a":1}', expected_version=None)

    await store.steps.remove(STEP, expected_version=1)

    assert await store.steps.get(STEP) is None
    again = await store.steps.put(STEP, b'{"a":1}', expected_version=0)
    assert again.version == 3


async def test_a_step_that_moved_is_not_removed(store: Store) -> None:
    await store.steps.put(STEP, b'{"a":1}', expected_version=None)

    with pytest.raises(VersionMoved):
        await store.steps.remove(STEP, expected_version=2)


async def test_removing_what_is_not_there_changes_nothing(store: Store) -> None:
    await store.steps.remove(STEP, expected_version=None)

    assert await store.steps.versions(STEP, below=None, limit=9) == []
