"""API keys, the same on every store and in every process."""

import asyncio
from datetime import UTC, datetime, timedelta

from processor.identity import ApiKey, Minted, Scope, Tenant, mint
from tests.store.build import Store

HOUR = timedelta(hours=1)
AT_ONCE = timedelta()


async def kept(store: Store, minted: Minted, lasts: timedelta | None = None) -> ApiKey:
    scopes: frozenset[Scope] = frozenset({"run", "check"})
    return await store.keys.add(
        minted, name="a platform", tenant=Tenant("acme"), scopes=scopes, lasts=lasts
    )


async def test_a_key_is_kept_without_its_secret(store: Store) -> None:
    minted = mint()

    key = await kept(store, minted)

    assert (key.key_id, key.digest, key.name, key.tenant) == (
        *(minted.key_id, minted.digest),
        *("a platform", "acme"),
    )
    assert key.scopes == {"run", "check"}
    assert (key.expires_at, key.revoked_at, key.last_used_at) == (None, None, None)


async def test_a_key_that_was_kept_is_usable_in_every_process(store: Store, other: Store) -> None:
    key = await kept(store, mint())

    assert await other.keys.usable(key.key_id) == key


async def test_a_key_that_was_never_made_is_not_usable(store: Store) -> None:
    assert await store.keys.usable("a" * 16) is None


async def test_a_revoked_key_is_usable_in_no_process(store: Store, other: Store) -> None:
    key = await kept(store, mint())

    revoked = await other.keys.revoke(key.key_id)

    assert revoked is not None
    assert revoked.revoked_at is not None
    assert await store.keys.usable(key.key_id) is None


async def test_a_second_revocation_changes_nothing(store: Store) -> None:
    key = await kept(store, mint())
    first = await store.keys.revoke(key.key_id)

    assert await store.keys.revoke(key.key_id) == first


async def test_a_key_that_is_not_there_is_not_revoked(store: Store) -> None:
    assert await store.keys.revoke("a" * 16) is None


async def test_an_expired_key_is_not_usable(store: Store) -> None:
    key = await kept(store, mint(), lasts=AT_ONCE)

    assert await store.keys.usable(key.key_id) is None


async def test_a_key_lasts_as_long_as_it_was_told(store: Store) -> None:
    key = await kept(store, mint(), lasts=HOUR)

    assert key.expires_at == key.created_at + HOUR
    assert await store.keys.usable(key.key_id) == key


async def test_the_key_in_place_of_another_is_as_the_other_was(store: Store) -> None:
    old, minted = await kept(store, mint(), lasts=HOUR), mint()

    new = await store.keys.rotate(old.key_id, minted, HOUR)

    assert new is not None
    assert new.expires_at is not None
    assert (new.key_id, new.digest) == (minted.key_id, minted.digest)
    assert (new.name, new.tenant, new.scopes) == (old.name, old.tenant, old.scopes)
    assert new.expires_at == new.created_at + HOUR


async def test_a_rotated_key_is_usable_for_the_overlap(store: Store) -> None:
    at_once, later = await kept(store, mint()), await kept(store, mint())

    await store.keys.rotate(at_once.key_id, mint(), AT_ONCE)
    await store.keys.rotate(later.key_id, mint(), HOUR)

    assert await store.keys.usable(at_once.key_id) is None
    assert await store.keys.usable(later.key_id) is not None


async def test_a_rotation_lets_no_key_live_longer(store: Store) -> None:
    old = await kept(store, mint(), lasts=HOUR)

    await store.keys.rotate(old.key_id, mint(), 2 * HOUR)

    assert await store.keys.usable(old.key_id) == old


async def test_a_key_that_is_not_usable_is_not_rotated(store: Store) -> None:
    old = await kept(store, mint())
    await store.keys.revoke(old.key_id)

    assert await store.keys.rotate(old.key_id, mint(), HOUR) is None
    assert len(await store.keys.list()) == 1


async def test_the_last_use_of_a_key_is_known(store: Store) -> None:
    key = await kept(store, mint())

    await store.keys.used(key.key_id)

    (found,) = await store.keys.list()
    assert found.last_used_at is not None
    assert abs(found.last_used_at - datetime.now(UTC)) < HOUR


async def test_every_key_is_listed_the_oldest_first(store: Store) -> None:
    first = await kept(store, mint())
    await asyncio.sleep(0.002)  # times are kept in milliseconds
    second = await kept(store, mint(), lasts=AT_ONCE)

    assert [key.key_id for key in await store.keys.list()] == [first.key_id, second.key_id]
