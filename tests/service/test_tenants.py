"""Two tenants at one door: neither sees, moves or ends anything of the other's."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from processor.identity import Tenant, mint
from processor.quota import Quota
from processor.runtime.contract import Figure
from processor.service.routes import OPEN, ROUTES
from tests.build import COLUMN_X
from tests.environment.custom.wheels import a_wheel
from tests.fakes import returned
from tests.service.door import Answer, Door, a_gate, opened

STEP = {"statement": "return []", "output_schema": COLUMN_X}
OTHER = {"columns": [{"name": "y", "type": "Text"}]}
JOINED = {**STEP, "branches": ["refunds"]}
SCHEDULE = {"step_id": "orders", "cron": "0 3 * * *"}
WITHOUT_OWNER = {"/v1/check", "/v1/simulate", "/v1/diff", "/v1/infer-schema"} | {
    "/v1/nodes/definition",
    "/metrics",
    "/v1/policy",
}
"""Scoped routes that keep nothing and show nothing that is kept."""
LISTS = {"/v1/runs", "/v1/schedules", "/v1/environments"}


@dataclass(frozen=True, kw_only=True)
class Side:
    """A door, and a key of one tenant to it."""

    door: Door
    key: str

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        shown = {"Authorization": f"Bearer {self.key}", **headers}
        return await self.door.ask(method, path, body, shown)

    async def done(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        answer = await self.ask(method, path, body, **headers)
        assert answer.status < 300, answer.body
        return answer.body if answer.content else None


@dataclass(frozen=True, kw_only=True)
class Street:
    """Two tenants, each an admin of its own, and the id of a run of the one."""

    mine: Side
    theirs: Side


async def a_side(door: Door, tenant: str) -> Side:
    minted, scopes = mint(), frozenset({"admin"})
    await door.store.keys.add(
        minted,
        name=tenant,
        tenant=Tenant(tenant),
        scopes=scopes,  # type: ignore[arg-type]
        lasts=None,
    )
    return Side(door=door, key=minted.text)


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with opened(tmp_path, unauthenticated=False) as door:
        a_wheel(tmp_path / "wheels", "plain", "1.0")
        yield Street(mine=await a_side(door, "acme"), theirs=await a_side(door, "default"))


async def furnish(side: Side) -> dict[str, str]:
    """Have one of everything, and give the ids of a run and of a dead letter."""
    side.door.runtime.figures = (Figure(png=b"png", svg=b"svg"),)
    run = await side.done(
        "POST",
        "/v1/runs",
        {"step": {**STEP, "id": "orders", "checkpoint_column": "x"}},
        **{"Idempotency-Key": "once"},
    )
    side.door.runtime.figures = ()
    side.door.runtime.report = returned([{"x": "no number"}])
    queued = await side.done("POST", "/v1/runs", {"step": STEP}, Prefer="respond-async")
    await _ended(side, queued["id"])
    side.door.runtime.report = returned([{"x": 1}])
    await side.done("PUT", "/v1/steps/orders", {"step": JOINED})
    await side.done("PUT", "/v1/joins/orders/k/branches/refunds", {"rows": []})
    await side.done("PUT", "/v1/schedules/nightly", SCHEDULE)
    await side.done("PUT", "/v1/schemas/shape", {"schema": COLUMN_X})
    await side.done("PUT", "/v1/environments/tools", {"requirements": "plain==1.0\n"})
    return {"run": run["id"], "dead": queued["id"]}


async def _ended(side: Side, run_id: str) -> None:
    while (await side.done("GET", f"/v1/runs/{run_id}"))["state"] in ("queued", "running"):
        pass


async def snapshot(side: Side, ids: dict[str, str]) -> dict[str, Any]:
    """Look at everything that a tenant has."""
    paths = [
        *(f"/v1/runs/{ids['run']}", f"/v1/runs/{ids['dead']}", "/v1/runs"),
        *("/v1/steps/orders", "/v1/joins/orders/k", "/v1/schedules/nightly", "/v1/schedules"),
        *("/v1/checkpoints/orders", "/v1/checkpoints/orders/history", "/v1/schemas/shape"),
    ]
    seen = {path: await side.done("GET", path) for path in paths}
    seen["tools"] = (await side.done("GET", "/v1/environments/tools"))["requirements"]
    return seen


def theirs_of(method: str, path: str, ids: dict[str, str]) -> str:
    """Give a route's path with the ids of what another tenant has."""
    known = {
        "run_id": ids["dead"] if path.endswith("redrive") else ids["run"],
        "step_id": "orders",
        "schedule_id": "nightly",
        "index": "0",
        "key": "k",
        "branch": "refunds",
        "name": "tools" if "environments" in path else "shape",
    }
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: known[found[1]], path)


BODIES: dict[tuple[str, str], object] = {
    ("POST", "backfill"): {"from": "2024-01-01T00:00:00Z", "to": "2024-01-02T00:00:00Z"},
    ("POST", "runs"): {"inputs": {}},
    ("PUT", "refunds"): {"rows": [{"x": 1}]},
}
CREATES = {
    "/v1/steps/orders",
    "/v1/schedules/nightly",
    "/v1/checkpoints/orders",
    "/v1/schemas/shape",
    "/v1/environments/tools",
}
"""What a PUT makes where the tenant has none: its own, of the same name."""


async def test_by_no_route_is_anything_of_another_tenant_s_seen_or_changed(street: Street) -> None:
    ids = await furnish(street.mine)
    before = await snapshot(street.mine, ids)
    asked = 0

    for route in (each for each in ROUTES if each.scope is not OPEN and "{" in each.path):
        path = theirs_of(route.method, route.path, ids)
        if route.method == "PUT" and path in CREATES:
            continue
        body = (
            BODIES.get((route.method, path.rpartition("/")[2])) if route.method != "GET" else None
        )
        answer = await street.theirs.ask(route.method, path, body)
        asked += 1
        if path == "/v1/environments/tools" and route.method == "GET":
            assert (answer.status, answer.body["state"]) == (200, "none")
        else:
            assert answer.status == 404, (route, answer.status, answer.content)
            assert answer.body["code"].startswith(("unknown_", "no_")), route

    assert asked > 25
    assert await snapshot(street.mine, ids) == before


async def test_no_list_shows_anything_of_another_tenant_s(street: Street) -> None:
    await furnish(street.mine)

    for path in (*LISTS, "/v1/runs?step_id=orders", "/v1/runs?dead_letter=true"):
        assert (await street.theirs.done("GET", path))["items"] == [], path
        assert (await street.mine.done("GET", path))["items"] != [], path


async def test_every_route_is_about_something_owned_or_named_as_not(street: Street) -> None:
    about = {each.path for each in ROUTES if each.scope is not OPEN}

    assert {path for path in about if "{" not in path} == WITHOUT_OWNER | LISTS


async def test_both_have_the_same_names_and_each_its_own_of_them(street: Street) -> None:
    mine = await furnish(street.mine)
    theirs = await furnish(street.theirs)

    assert mine["run"] != theirs["run"]
    await street.theirs.done("PUT", "/v1/checkpoints/orders", {"value": 99})
    await street.theirs.done("DELETE", "/v1/steps/orders")
    await street.theirs.done("DELETE", "/v1/schedules/nightly")
    await street.theirs.done("DELETE", "/v1/joins/orders/k")
    await street.theirs.done("DELETE", "/v1/environments/tools")
    await street.theirs.done("PUT", "/v1/schemas/shape", {"schema": OTHER})

    seen = await snapshot(street.mine, mine)
    assert seen["/v1/checkpoints/orders"]["value"] == 1
    assert seen["/v1/joins/orders/k"]["state"] == "open"
    assert seen["/v1/schemas/shape"]["schema"] == COLUMN_X
    assert seen["tools"] == "plain==1.0\n"


async def test_a_key_of_one_tenant_s_answers_nothing_of_another_s(street: Street) -> None:
    body, once = {"step": STEP}, {"Idempotency-Key": "once"}
    mine = await street.mine.done("POST", "/v1/runs", body, **once)

    theirs = await street.theirs.done("POST", "/v1/runs", body, **once)
    again = await street.mine.done("POST", "/v1/runs", body, **once)

    assert theirs["id"] != mine["id"] == again["id"]


async def test_a_step_of_one_tenant_s_waits_for_no_run_of_another_s(street: Street) -> None:
    street.mine.door.runtime.report = returned([])
    gate = a_gate(street.mine.door)
    body = {"step": {**STEP, "id": "orders"}}
    waiting = await street.mine.ask("POST", "/v1/runs", body, Prefer="wait=0")

    theirs = await street.theirs.ask("POST", "/v1/runs", body, Prefer="wait=0")

    both_run = street.mine.door.runtime.running
    gate.set()
    assert (waiting.status, theirs.status, both_run) == (202, 202, 2)


async def test_a_run_under_way_is_not_ended_by_another_tenant(street: Street) -> None:
    gate = a_gate(street.mine.door)
    started = await street.mine.done("POST", "/v1/runs", {"step": STEP}, Prefer="wait=0")

    answer = await street.theirs.ask("POST", f"/v1/runs/{started['id']}/cancel")
    gate.set()
    await _ended(street.mine, started["id"])

    assert answer.status == 404
    assert (await street.mine.done("GET", f"/v1/runs/{started['id']}"))["state"] == "succeeded"


async def test_steps_find_the_schemas_and_environments_of_their_tenant_alone(
    street: Street,
) -> None:
    await furnish(street.mine)
    by_schema = {"step": {**STEP, "output_schema": "shape"}}
    by_environment = {"step": {**STEP, "environment": "tools"}}

    for prefer in ("wait=1", "respond-async"):
        schema = await street.theirs.ask("POST", "/v1/runs", by_schema, Prefer=prefer)
        named = await street.theirs.ask("POST", "/v1/runs", by_environment, Prefer=prefer)
        reached = await street.theirs.ask(
            "POST", "/v1/runs", {"step": {**STEP, "environment": "acme~tools"}}, Prefer=prefer
        )

        assert (schema.status, schema.body["code"]) == (422, "unknown_schema")
        assert {each.status for each in (named, reached)} <= {400, 503}
    assert (await street.mine.ask("POST", "/v1/runs", by_schema)).status == 200


async def test_a_tenant_at_its_limit_is_told_so_and_holds_up_nobody(tmp_path: Path) -> None:
    quota = Quota(per_minute=2, at_once=0)
    async with opened(tmp_path, unauthenticated=False, quota=quota) as door:
        mine, theirs = await a_side(door, "acme"), await a_side(door, "default")
        answers = [await mine.ask("GET", "/v1/runs") for _ in range(3)]
        other = await theirs.ask("GET", "/v1/runs")
        health = await door.ask("GET", "/livez")

    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"tenant";q=2;w=60'
    assert answers[0].headers["RateLimit"] == '"tenant";r=1;t=30'
    refused = answers[2]
    assert "tenant acme" in refused.body["detail"]
    assert refused.headers["RateLimit"].startswith('"tenant";r=0;')
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert (other.status, health.status) == (200, 200)
    assert "RateLimit" not in health.headers


async def test_what_is_due_is_done_for_whoever_it_is_of(street: Street) -> None:
    await furnish(street.mine)

    run = await street.mine.done("POST", "/v1/schedules/nightly/trigger")
    last = await street.mine.done("PUT", "/v1/joins/orders/k/branches/INPUT_DATA", {"rows": []})

    for run_id in (run["id"], last["run_id"]):
        await _ended(street.mine, run_id)
        assert (await street.theirs.ask("GET", f"/v1/runs/{run_id}")).status == 404
