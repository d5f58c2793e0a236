"""The keys of an issuer: fetched when they are needed, and no more often."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc.jwk import ECKey
from yarl import URL

from processor.errors import KeysUnavailable
from processor.service import jwks
from processor.service.jwks import PATIENCE, FetchedKeys
from processor.service.public import opened_client

ONE, TWO = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("one", "two"))


@dataclass
class Issuer:
    """Answers with the keys that it has."""

    keys: list[ECKey] = field(default_factory=lambda: [ONE])
    status: int = 200
    asked: int = 0
    padding: int = 0

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        content = {"keys": [key.as_dict(private=False) for key in self.keys]}
        text = json.dumps(content) + " " * self.padding
        return web.Response(text=text, status=self.status, headers={"Location": "/elsewhere"})


@asynccontextmanager
async def fetched_from(issuer: Issuer, *, public: bool = True) -> AsyncIterator[FetchedKeys]:
    app = web.Application()
    app.add_routes([web.get("/{path:.*}", issuer.answer)])
    async with (
        TestServer(app) as server,
        opened_client(lambda _address: public, PATIENCE) as client,
    ):
        yield FetchedKeys(server.make_url("/jwks"), client, lambda _address: public)


async def test_keys_are_fetched_once_for_many_tokens() -> None:
    issuer = Issuer()
    async with fetched_from(issuer) as keys:
        found = [await keys.named("one") for _ in range(3)]

    assert [key and key.kid for key in found] == ["one"] * 3
    assert issuer.asked == 1


async def test_a_key_that_is_new_is_fetched_once_the_last_fetch_is_over_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issuer = Issuer()
    async with fetched_from(issuer) as keys:
        assert await keys.named("one") is not None
        issuer.keys = [TWO]
        too_early = await keys.named("two")
        monkeypatch.setattr(jwks, "COOL_DOWN_SECONDS", 0.0)
        rotated = await keys.named("two")
        withdrawn = await keys.named("one")

    assert (too_early, withdrawn) == (None, None)
    assert rotated is not None


async def test_tokens_with_made_up_keys_do_not_make_it_ask_again_and_again() -> None:
    issuer = Issuer()
    async with fetched_from(issuer) as keys:
        assert [await keys.named(f"made-up-{number}") for number in range(20)] == [None] * 20

    assert issuer.asked == 1


async def test_keys_are_taken_for_a_while_though_the_issuer_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issuer = Issuer()
    async with fetched_from(issuer) as keys:
        await keys.named("one")
        issuer.status = 500
        monkeypatch.setattr(jwks, "FRESH_SECONDS", -1.0)
        monkeypatch.setattr(jwks, "COOL_DOWN_SECONDS", 0.0)
        assert await keys.named("one") is not None
        monkeypatch.setattr(jwks, "STALE_SECONDS", -1.0)
        with pytest.raises(KeysUnavailable):
            await keys.named("one")


@pytest.mark.parametrize(
    "issuer",
    [Issuer(status=302), Issuer(status=404), Issuer(padding=jwks.LARGEST), Issuer(keys=[])],
    ids=["elsewhere", "nowhere", "too large", "no keys"],
)
async def test_keys_that_cannot_be_had_are_told_as_such(issuer: Issuer) -> None:
    async with fetched_from(issuer) as keys:
        with pytest.raises(KeysUnavailable):
            await keys.named("one")

    assert issuer.asked == 1


async def test_an_address_that_is_not_public_is_not_asked() -> None:
    issuer = Issuer()
    async with fetched_from(issuer, public=False) as keys:
        with pytest.raises(KeysUnavailable):
            await keys.named("one")

    assert issuer.asked == 0


async def test_a_name_that_leads_to_such_an_address_is_not_asked() -> None:
    async with opened_client(lambda _address: False, PATIENCE) as client:
        keys = FetchedKeys(URL("http://localhost:9/jwks"), client, lambda _address: False)
        with pytest.raises(KeysUnavailable):
            await keys.named("one")
