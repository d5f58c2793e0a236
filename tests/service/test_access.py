"""Who calls, and what they may ask."""

import re
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from processor.identity import ALL_SCOPES, Callers, Scope, Tenant, callers, mint
from processor.service.access import ACCESS
from processor.service.routes import OPEN, ROUTES, Route
from tests.service.door import Answer, Door, opened

SCOPED = [each for each in ROUTES if each.scope is not OPEN]


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[Door]:
    """A service that asks callers who they are."""
    async with opened(tmp_path, unauthenticated=False) as door:
        yield door


async def a_key(door: Door, *scopes: Scope, lasts: timedelta | None = None) -> str:
    minted = mint()
    await door.store.keys.add(
        minted, name="a key", tenant=Tenant("acme"), scopes=frozenset(scopes), lasts=lasts
    )
    return minted.text


async def ask(door: Door, route: Route, token: str | None = None) -> Answer:
    """Ask a route with ids that nothing has."""
    path = re.sub(r"\{[^{}]*\}", "none", route.path)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body: object = {} if route.method in ("POST", "PUT") else None
    return await door.ask(route.method, path, body, headers)


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


async def test_every_route_is_in_the_table(door: Door) -> None:
    served = {
        (route.method, "" if route.resource is None else route.resource.canonical)
        for route in door.client.app.router.routes()
        if route.method != "HEAD"
    }

    assert served == set(door.client.app[ACCESS]._scopes)


def test_what_needs_no_scope_tells_nothing_of_any_tenant() -> None:
    assert [each.path for each in ROUTES if each.scope is OPEN] == [
        *("/v1/manifest", "/openapi.json", "/docs", "/docs/{file}"),
        *("/", "/playground", "/playground/assets/{file}"),
        *("/livez", "/readyz", "/startupz"),
    ]


async def test_the_log_names_the_tenant_and_the_key_of_a_request_and_never_the_token(
    closed: Door,
) -> None:
    token = await a_key(closed, "check")
    refused, open_to_all = ROUTES[1], "/livez"
    with capture_logs(processors=[merge_contextvars]) as lines:
        await ask(closed, refused, token)
        await closed.ask("GET", open_to_all)

    answered = [each for each in lines if each["event"] == "request_answered"]
    secret = token.split("_")[2]
    assert (answered[0]["tenant"], answered[0]["status"]) == ("acme", 403)
    assert answered[0]["caller"] == f"key:{token.split('_')[1]}"
    assert secret not in str(lines)
    assert "tenant" not in answered[1]
    assert "caller" not in answered[1]


async def test_a_route_outside_of_the_table_is_an_admin_s(tmp_path: Path) -> None:
    async with opened(tmp_path, unauthenticated=False) as door:
        access = door.client.app[ACCESS]
        access._scopes = {
            key: value for key, value in access._scopes.items() if "run" not in key[1]
        }
        run, admin = await a_key(door, "run"), await a_key(door, "admin")

        assert told(await ask(door, ROUTES[1], run)) == (403, "insufficient_scope")
        assert (await ask(door, ROUTES[1], admin)).status == 200


async def test_no_scoped_route_is_answered_without_a_token(closed: Door) -> None:
    for route in SCOPED:
        answer = await ask(closed, route)

        assert told(answer) == (401, "unauthenticated"), route
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="processor"'


async def test_each_route_takes_its_own_scope_and_no_other(closed: Door) -> None:
    its_own = {scope: await a_key(closed, scope) for scope in ALL_SCOPES}
    others = {
        scope: await a_key(closed, *(each for each in ALL_SCOPES if each not in (scope, "admin")))
        for scope in ALL_SCOPES
    }

    for route in SCOPED:
        assert route.scope is not None
        assert (await ask(closed, route, its_own[route.scope])).status not in (401, 403), route
        assert told(await ask(closed, route, others[route.scope])) == (403, "insufficient_scope")


async def test_an_admin_s_key_opens_every_route(closed: Door) -> None:
    key = await a_key(closed, "admin")

    assert {(await ask(closed, each, key)).status for each in ROUTES}.isdisjoint({401, 403, 500})


async def test_who_may_not_is_told_which_scope_it_takes(closed: Door) -> None:
    answer = await closed.ask(
        "GET", "/v1/runs", headers={"Authorization": f"Bearer {await a_key(closed, 'check')}"}
    )

    assert told(answer) == (403, "insufficient_scope")
    assert "`run`" in answer.body["detail"]
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="processor", error="insufficient_scope", scope="run"'
    )


async def test_health_is_told_to_anybody(closed: Door) -> None:
    assert (await closed.ask("GET", "/livez")).status == 200


async def test_what_is_not_there_is_not_there_for_anybody(closed: Door) -> None:
    assert (await closed.ask("GET", "/v1/nothing")).status == 404
    assert (await closed.ask("PATCH", "/v1/runs")).status == 405


async def test_every_wrong_token_gets_the_same_answer(closed: Door) -> None:
    good, revoked = await a_key(closed, "run"), await a_key(closed, "run")
    await closed.store.keys.revoke(revoked.split("_")[1])
    expired = await a_key(closed, "run", lasts=timedelta())
    one, other = mint().text, mint().text
    tokens = [
        *(one, revoked, expired, "", "x", good[:-1], good + "0", "prc_", "a.b.c"),
        "_".join([*good.split("_")[:2], *other.split("_")[2:]]),
        "a" * 7000,
    ]

    answers = [await ask(closed, ROUTES[1], token) for token in tokens]

    assert {told(each) for each in answers} == {(401, "unauthenticated")}
    assert len({each.body["detail"] for each in answers}) == 1
    assert {each.headers["WWW-Authenticate"] for each in answers} == {
        'Bearer realm="processor", error="invalid_token"'
    }


async def test_a_secret_of_another_key_is_not_taken(closed: Door) -> None:

    mine, theirs = await a_key(closed, "check"), await a_key(closed, "admin")
    mixed = "_".join(["prc", theirs.split("_")[1], mine.split("_")[2]])
    token = f"{mixed}_{zlib.crc32(mixed.encode()):08x}"

    assert (await ask(closed, ROUTES[1], token)).status == 401


@pytest.mark.parametrize(
    "value", ["Basic eDp5", "Bearer", "Token {}", "{}", "Bearer {}, Bearer {}"]
)
async def test_no_other_way_to_show_who_one_is_is_taken(closed: Door, value: str) -> None:
    key = await a_key(closed, "run")

    answer = await closed.ask("GET", "/v1/runs", headers={"Authorization": value.format(key, key)})

    assert told(answer) == (401, "unauthenticated")


async def test_a_wrong_token_is_refused_also_where_none_is_needed(door: Door) -> None:
    answer = await ask(door, ROUTES[1], mint().text)

    assert told(answer) == (401, "unauthenticated")


async def test_a_revoked_key_opens_nothing_at_once(closed: Door) -> None:
    key = await a_key(closed, "run")
    assert (await ask(closed, ROUTES[1], key)).status == 200

    await closed.store.keys.revoke(key.split("_")[1])

    assert (await ask(closed, ROUTES[1], key)).status == 401


async def test_nothing_of_a_body_is_read_of_who_may_not(closed: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("the body was asked for")
        yield b""

    headers = {"Content-Type": "application/json", "Expect": "100-continue"}
    async with closed.client.post("/v1/runs", data=endless(), headers=headers) as answer:
        assert answer.status == 401


async def test_the_use_of_a_key_is_remembered_now_and_then(
    closed: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[str] = []

    class Noting:
        def __init__(self) -> None:
            self.usable = closed.store.keys.usable

        async def used(self, key_id: str) -> None:
            noted.append(key_id)

    known = Callers(Noting())  # type: ignore[arg-type]
    key = await a_key(closed, "run")

    await known.of(key)
    await known.of(key)
    assert len(noted) == 1
    monkeypatch.setattr(callers, "OFTEN_SECONDS", 0.0)
    await known.of(key)
    assert len(noted) == 2


def test_the_table_names_each_route_once() -> None:
    assert len({(each.method, each.path) for each in ROUTES}) == len(ROUTES)
