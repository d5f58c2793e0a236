"""A statement's network, from its step to the proxy of its run and back into its log."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from processor.egress import NO_NETWORK, Policy, read_policy
from tests.egress.certificates import certificates_in
from tests.egress.outsides import PUBLIC, MadeUp, a_server
from tests.runtime.forked.host import REACH_OS, Host, opened
from tests.runtime.forked.test_packages_out import serve

LISTED = read_policy("allowlist", ["allowed.test"])
TRY = """
import httpx
try:
    told = httpx.get({url!r}).text
except httpx.HTTPError as error:
    told = repr(error)
return [{{"told": told}}]
"""


@dataclass(frozen=True, kw_only=True)
class Abroad:
    """A host whose statements reach an outside of our own making."""

    host: Host
    made_up: MadeUp

    async def told(self, url: str, network: Policy = LISTED) -> Any:
        (row,) = await self.host.rows(TRY.format(url=url), network=network, more_imports=("httpx",))
        return row["told"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def abroad(host: Host, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Abroad]:
    folder = certificates_in(tmp_path_factory.mktemp("certificates"), host.environment.python)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(folder / "server.pem")
    async with a_server(serve) as plain, a_server(serve, ssl=secure) as tls:
        made_up = MadeUp(names={"allowed.test": [PUBLIC]}, ports={80: plain, 443: tls})
        async with opened(made_up.outside(), str(folder / "ca.pem")) as opened_host:
            yield Abroad(host=opened_host, made_up=made_up)


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_statement_reaches_a_listed_host_over_tls_by_the_operator_s_bundle(
    abroad: Abroad,
) -> None:
    assert await abroad.told("https://allowed.test/text") == "text"


async def test_a_statement_reaches_any_public_name_where_its_network_is_open(
    abroad: Abroad,
) -> None:
    assert await abroad.told("http://allowed.test/text", read_policy("open")) == "text"


async def test_a_statement_without_a_network_reaches_nothing(abroad: Abroad) -> None:
    assert "ConnectError" in await abroad.told("https://allowed.test/text", NO_NETWORK)


async def test_a_statement_without_a_network_has_no_socket_to_connect(abroad: Abroad) -> None:
    statement = f"""{REACH_OS}
socket = json.codecs.builtins.__import__("socket")
try:
    socket.socket()
except OSError as error:
    return [{{"x": type(error).__name__}}]
"""

    assert await abroad.host.rows(statement) == [{"x": "PermissionError"}]


async def test_what_was_refused_is_in_the_run_s_log(abroad: Abroad) -> None:
    execution = await abroad.host.run(
        TRY.format(url="https://evil.test/"), network=LISTED, more_imports=("httpx",)
    )

    (entry,) = execution.entries
    assert (entry.source, entry.level) == ("service", "warn")
    assert entry.message == "network: evil.test is not among the step's hosts"


async def test_a_run_says_how_far_it_reached(abroad: Abroad) -> None:
    executions = [
        await abroad.host.run("return []", network=network) for network in (LISTED, NO_NETWORK)
    ]

    assert [each.isolation["egress"] for each in executions] == ["proxy", "none"]


async def test_a_statement_sees_the_variables_of_its_proxy_only_where_it_has_one(
    abroad: Abroad,
) -> None:
    look = f"{REACH_OS}return [{{'x': sorted(k for k in os.environ if 'PROXY' in k.upper())}}]"
    names = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy", "https_proxy"]

    assert await abroad.host.rows(look, network=LISTED) == [{"x": names}]
    assert await abroad.host.rows(look) == [{"x": []}]


async def test_one_run_s_connections_are_not_another_s(abroad: Abroad) -> None:
    statement = TRY.format(url="http://allowed.test/text")
    other = read_policy("allowlist", ["other.test"])

    several = [
        abroad.host.rows(statement, network=network, more_imports=("httpx",))
        for network in (LISTED, other, LISTED, other)
    ]
    first, second, third, fourth = await asyncio.gather(*several)

    assert first == third == [{"told": "text"}]
    assert second == fourth != first


async def test_a_run_that_is_killed_leaves_no_connection(abroad: Abroad) -> None:
    served = abroad.made_up.connected.copy()
    await abroad.host.run(
        """
        import json
        socket = json.codecs.builtins.__import__("socket")
        held = socket.create_connection(("127.0.0.1", 3128))
        held.sendall(b"CONNECT allowed.test:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        held.recv(100)
        json.codecs.builtins.__import__("os")._exit(0)
        """,
        network=LISTED,
    )

    assert abroad.made_up.connected == [*served, (PUBLIC, 443)]
    assert not any("Proxy._serve" in repr(task.get_coro()) for task in asyncio.all_tasks())
