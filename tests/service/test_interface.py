"""The interface as OpenAPI: it is true of the routes, the errors, the manifest and the wire."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import openapi_spec_validator
import pytest

from processor.checkpoint import Checkpoint
from processor.config import CHECKOUT
from processor.errors import ProcessorFault, Refusal, concrete
from processor.interface import read_interface
from processor.job import Listed
from processor.quota import Quota
from processor.run import Movement, Run, Status
from processor.service import checkpoints, environments, joins, pages, samples, schedules, steps
from processor.service.routes import OPEN, ROUTES
from processor.step import decode, decode_callback, decode_join, decode_network, decode_queueing
from tests.service.door import Door, opened

INTERFACE: dict[str, Any] = json.loads(read_interface(CHECKOUT / "schemas"))
MANIFEST: dict[str, Any] = json.loads((CHECKOUT / "connector_manifest.json").read_bytes())
SCHEMAS: dict[str, Any] = INTERFACE["components"]["schemas"]
METHODS = {"get", "put", "post", "delete", "patch"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in INTERFACE["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def answers(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, answer in operation["responses"].items():
        name = answer.get("$ref", "").rpartition("/")[2]
        yield status, INTERFACE["components"]["responses"][name] if name else answer


def told_problems() -> set[tuple[int, str]]:
    return {
        (int(status), code)
        for _, _, operation in operations()
        for status, answer in answers(operation)
        for code in answer.get("x-problem-codes", ())
    }


def unnamed(path: str) -> str:
    """Give a path without the names of what varies in it, nor their patterns."""
    return re.sub(r"\{[^}]*(\[[^]]*\])?[^}]*\}", "{}", path)


def test_it_is_openapi() -> None:
    openapi_spec_validator.validate(INTERFACE)


def test_it_leads_nowhere_outside_of_itself() -> None:
    references = re.findall(r'"\$ref": ?"([^"]*)"', json.dumps(INTERFACE))

    assert references
    assert [each for each in references if not each.startswith("#/components/")] == []


def test_every_component_is_named_by_something() -> None:
    whole = json.dumps(INTERFACE)
    named = {
        f"#/components/{kind}/{name}"
        for kind in ("headers", "parameters", "responses", "schemas")
        for name in INTERFACE["components"][kind]
    }

    assert {name for name in named if f'"{name}' not in whole} == set()


def test_every_file_of_the_wire_is_a_part_of_it() -> None:
    files = (CHECKOUT / "schemas" / "wire").glob("*.json")
    names = {"".join(map(str.capitalize, file.name.split(".")[0].split("_"))) for file in files}

    assert names <= SCHEMAS.keys()


async def test_every_route_is_documented_and_the_reverse(door: Door) -> None:
    resources = [each for each in door.client.app.router.resources() if each.canonical]
    served = {
        (route.method, unnamed(resource.canonical))
        for resource in resources
        for route in resource
        if route.method != "HEAD"
    }

    assert {(method, unnamed(path)) for method, path, _ in operations()} == served


def test_it_has_the_routes_of_the_manifest_in_the_same_words() -> None:
    told = {(method, path, each["summary"]) for method, path, each in operations()}

    assert told == {(e["method"], e["path"], e["summary"]) for e in MANIFEST["endpoints"]}


def test_it_tells_the_scope_that_each_route_needs() -> None:
    told = {
        (method, unnamed(path)): [
            scope for each in operation["security"] for scope in each["bearer"]
        ]
        for method, path, operation in operations()
    }

    assert told == {
        (route.method, unnamed(route.path)): [] if route.scope is OPEN else [route.scope]
        for route in ROUTES
    }


def test_whatever_needs_a_scope_may_be_refused_for_who_asks_and_how_often() -> None:
    told = {
        (method, path): {"401", "403", "429"} & operation["responses"].keys()
        for method, path, operation in operations()
        if operation["security"]
    }

    assert told == {operation: {"401", "403", "429"} for operation in told}


async def test_the_headers_of_a_refusal_by_quota_are_of_the_form_that_it_tells(
    tmp_path: Path,
) -> None:
    told = INTERFACE["components"]["headers"]
    async with opened(tmp_path, quota=Quota(per_minute=1, at_once=0)) as door:
        await door.ask("GET", "/v1/runs")
        refused = await door.ask("GET", "/v1/runs")

    assert refused.status == 429
    for header, name in (("RateLimit-Policy", "RateLimitPolicy"), ("RateLimit", "RateLimit")):
        assert re.fullmatch(told[name]["schema"]["pattern"], refused.headers[header])


def test_it_has_the_version_of_the_manifest() -> None:
    assert INTERFACE["info"]["version"] == MANIFEST["version"]


def test_every_problem_that_it_tells_can_be_raised_with_that_status() -> None:
    raised = {(kind.http_status, kind.code) for kind in concrete(Refusal)}
    too_many_connections, named_by_its_path = (503, "busy"), (404, "unknown_schema")
    ours = (500, ProcessorFault.code)

    assert told_problems() - raised == {ours, too_many_connections, named_by_its_path}


def test_every_problem_that_can_be_raised_is_told_but_those_of_no_operation() -> None:
    raised = {(kind.http_status, kind.code) for kind in concrete(Refusal)}
    of_no_operation = {(405, "method_not_allowed")}

    assert raised - told_problems() == of_no_operation
    assert "405 `method_not_allowed`" in INTERFACE["info"]["description"]


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("schema", "struct"),
    [
        (SCHEMAS["Order"], decode.WireOrder),
        (SCHEMAS["Step"], decode.WireStep),
        (SCHEMAS["Step"]["$defs"]["Limits"], decode._Limits),
        (SCHEMAS["Step"]["$defs"]["Options"], decode._Options),
        (SCHEMAS["Step"]["$defs"]["Join"], decode_join.WireJoin),
        (SCHEMAS["Step"]["$defs"]["Network"], decode_network.WireNetwork),
        (SCHEMAS["Step"]["$defs"]["Queue"], decode_queueing.WireQueue),
        (SCHEMAS["Step"]["$defs"]["Retry"], decode_queueing.WireRetry),
        (SCHEMAS["Step"]["$defs"]["Callback"], decode_callback.WireCallback),
        (SCHEMAS["StoredOrder"], steps._Run),
        (SCHEMAS["Branch"], joins._Put),
        (SCHEMAS["SchedulePut"], schedules._Put),
        (SCHEMAS["Span"], schedules._Backfill),
        (SCHEMAS["Pair"], samples._Pair),
        (SCHEMAS["Sample"], samples._Sample),
        (SCHEMAS["CheckpointPut"], checkpoints._Put),
        (SCHEMAS["EnvironmentPut"], environments._Put),
        (SCHEMAS["Run"], Run),
        (SCHEMAS["Run"]["$defs"]["Status"], Status),
        (SCHEMAS["Run"]["$defs"]["Movement"], Movement),
        (SCHEMAS["RunList"]["$defs"]["Listed"], Listed),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_schema_has_the_members_that_are_read_and_written(
    schema: dict[str, Any], struct: type[msgspec.Struct]
) -> None:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}

    assert schema["properties"].keys() == fields.keys()
    if not schema.get("additionalProperties", True):
        needed = {name for name, field in fields.items() if field.required}
        assert set(schema.get("required", ())) == needed


def test_a_checkpoint_is_told_with_its_members() -> None:
    assert SCHEMAS["Checkpoint"]["properties"].keys() == set(Checkpoint.__slots__)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one(name: str) -> None:
    jsonschema_rs.meta.validate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema"} | SCHEMAS[name]
    )


def test_a_broken_file_is_our_own_fault(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text("{")

    with pytest.raises(ProcessorFault, match=r"openapi\.json cannot be read"):
        read_interface(tmp_path)


async def test_it_is_served(door: Door) -> None:
    answer = await door.ask("GET", "/openapi.json")

    assert (answer.headers["Content-Type"], answer.body) == ("application/json", INTERFACE)


# The page


async def test_the_page_takes_nothing_from_elsewhere(door: Door) -> None:
    answer = await door.ask("GET", "/docs")
    addresses = re.findall(rb'(?:src|href)="([^"]*)"', answer.content)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert all(address.startswith((b"/", b"data:,")) for address in addresses)
    for address in (a.decode() for a in addresses if a.startswith(b"/")):
        assert (await door.ask("GET", address)).status == 200, address


@pytest.mark.parametrize(("name", "media_type"), pages.MEDIA_TYPES.items())
async def test_a_file_of_the_page_is_what_it_says(door: Door, name: str, media_type: str) -> None:
    answer = await door.ask("GET", f"/docs/{name}")

    assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.content) == (pages.FOLDER / name).stat().st_size


async def test_the_page_is_sent_compressed(door: Door) -> None:
    async with door.client.get(
        "/docs/swagger-ui-bundle.js", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) < 500_000


@pytest.mark.parametrize("name", ["index.html", "LICENSE", "nope.js", "..%2F__init__.py"])
async def test_no_other_file_is_served(door: Door, name: str) -> None:
    answer = await door.ask("GET", f"/docs/{name}")

    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_a_page_s_file_is_compressed_as_it_is() -> None:
    import gzip

    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        plain, packed = pages.FOLDER / name, pages.FOLDER / f"{name}.gz"
        assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
