"""The network of nodes, over HTTP, on a service whose outside is made up: nothing leaves here."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from processor import wiring
from processor.config import CHECKOUT, Egress, Limits, Settings
from processor.wiring.serve import _listening
from tests.e2e.test_module_cases import CASES, STUBBED, check_run
from tests.egress.certificates import certificates_in, interpreter
from tests.egress.outsides import PUBLIC, MadeUp, Origin, a_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWER = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n{}"
LISTED = {"mode": "allowlist", "hosts": ["api.test"]}
STATEMENT = (
    "from sdk import *\n"
    "def get_definition():\n"
    "    nd = NodeDefinition('n', 'N', 'd', 'C')\n"
    "    nd.add_permission('http')\n"
    "    nd.add_pin(PinDefinition.output_pin('x', 'Generic'))\n"
    "    return nd\n"
    "def run(ctx):\n"
    "    ctx.set_output('x', ctx.http_get(URL))\n"
    "    return ctx.finish()\n"
)


@dataclass(frozen=True)
class World:
    """A service, the host that its nodes reach, and who has been connected to."""

    address: str
    origin: Origin
    made_up: MadeUp

    async def run(self, statement: str, context: Any = None, **step: Any) -> Any:
        members = {"statement": statement, "profile": "wasm-node", **step}
        body = {"step": members, "inputs": {"context": context or {}}}
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.address}/v1/runs", json=body) as response,
        ):
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def get(self, url: str, **step: Any) -> tuple[Any, list[str]]:
        """Give what a node sees at an address, and what the service says of it."""
        run = await self.run(STATEMENT.replace("URL", repr(url)), **step)
        assert run["result"] is not None, run["error"]
        return run["result"]["outputs"]["x"], [entry["message"] for entry in run["logs"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("world")
    certificates_in(folder, interpreter())
    async with opened(folder) as made:
        yield made


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[World]:
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(folder / "server.pem")
    origin = Origin(ANSWER)
    settings = msgspec.structs.replace(
        Settings(limits=Limits(slots=2, keepers=1, ready=0, drain_seconds=0)),
        data_dir=str(folder / "data"),
        egress=Egress(ca_bundle=str(folder / "ca.pem")),
        port=0,
    )
    async with a_server(origin.serve) as plain, a_server(origin.serve, ssl=secure) as tls:
        names = {"api.test": [PUBLIC], "inside.test": ["10.0.0.1"]}
        made_up = MadeUp(names=names, ports={80: plain, 443: tls})
        async with (
            wiring.opened(
                settings, CHECKOUT, warms=lambda _module: False, outside=made_up.outside()
            ) as processor,
            _listening(processor, processor.worker(settings), settings, {}) as address,
        ):
            yield World(address=address, origin=origin, made_up=made_up)


EVERY = [pytest.param(case, id=case["title"]) for case in CASES if STUBBED in case["inputs"]]


@pytest.mark.parametrize("case", EVERY)
async def test_a_case_with_a_network_passes_over_http(world: World, case: Any) -> None:
    inputs, expected = case["inputs"], case["expected"]
    assert inputs[STUBBED] == {"status": 200, "headers": {}, "body": "{}"}
    options = {"strict_pins": False, "permissions": inputs["permissions"]}
    world.origin.heads.clear()

    run = await world.run(case["code"], inputs["context"], options=options, network=LISTED)

    check_run(run, expected)
    ((method, url),) = expected["http_calls"]
    assert (method, url) == (1, "https://api.test/items")
    (head,) = world.origin.heads
    assert head.startswith(b"POST /items HTTP/1.1\r\nHost: api.test\r\n")
    assert b"content-type: application/json" in head.lower()


@pytest.mark.parametrize("runtime", ["wasm", "forked"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_node_sees_an_answer_in_both_runtimes(
    world: World, runtime: str, scheme: str
) -> None:
    seen, told = await world.get(f"{scheme}://api.test/", network=LISTED, runtime=runtime)

    assert (seen["status"], seen["headers"], seen["body"]) == (
        200,
        {"x-a": "1", "content-length": "2"},
        "{}",
    )
    assert told == []


@pytest.mark.parametrize("runtime", ["wasm", "forked"])
async def test_a_host_that_is_not_listed_is_none_and_told_in_both(
    world: World, runtime: str
) -> None:
    seen, told = await world.get("https://evil.test/", network=LISTED, runtime=runtime)

    assert seen is None
    assert "network: evil.test is not among the step's hosts" in told


async def test_an_address_inside_is_refused_though_its_name_is_open(world: World) -> None:
    seen, told = await world.get("https://inside.test/", network={"mode": "open"})

    assert seen is None
    assert told == ["network: inside.test has an address of a kind: private"]


async def test_without_a_network_nothing_is_asked(world: World) -> None:
    before = list(world.made_up.resolved)

    seen, told = await world.get("https://api.test/")

    assert (seen, told) == (None, ["permission network:http missing"])
    assert world.made_up.resolved == before


async def test_a_permission_alone_reaches_nothing(world: World) -> None:
    seen, told = await world.get("https://api.test/", options={"permissions": ["http"]})

    assert seen is None
    assert told == ["an HTTP request was not made: the step has no network"]


async def test_a_node_that_asks_past_the_sdk_has_no_more_than_its_step_grants(
    world: World,
) -> None:
    question = {"method": 0, "url": "https://api.test/", "headers": {}, "body_base64": None}
    statement = STATEMENT.replace(
        "ctx.http_get(URL)", f"__import__('wit_world').ask('http', {json.dumps(question)!r})"
    )
    before = list(world.made_up.resolved)

    run = await world.run(statement, network=LISTED, options={"permissions": []})

    assert run["result"]["outputs"]["x"] == "null"
    assert "network: permission network:http missing" in [e["message"] for e in run["logs"]]
    assert world.made_up.resolved == before


async def test_an_answer_tells_how_far_its_node_reached(world: World) -> None:
    run = await world.run(STATEMENT.replace("URL", "'http://api.test/'"), network=LISTED)

    assert run["isolation"]["egress"] == "gateway"
