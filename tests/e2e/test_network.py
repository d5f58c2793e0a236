"""What a step's network does, as its caller sees it. Nothing here leaves the machine."""

import socket
from typing import Any

import pytest

from tests.served import Served, a_step

TEXT = {"columns": [{"name": "x", "type": "Text", "nullable": False}]}
TRY = """
import httpx
try:
    answer = httpx.get({url!r}, timeout=10)
    told = f"{{answer.status_code}} {{answer.text}}"
except httpx.HTTPError as error:
    told = f"{{type(error).__name__}}: {{error}}"
return [{{"x": told}}]
"""


def tried(service: Served, url: str, **members: Any) -> tuple[str, list[str]]:
    """Give what a statement saw of a URL, and what the service says of it in the run's log."""
    run = service.run(a_step(TRY.format(url=url), output_schema=TEXT, **members))
    told = [entry["message"] for entry in run["logs"] if entry["source"] == "service"]
    return run["rows"][0]["x"], told


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "10.0.0.1"])
def test_an_address_is_refused_and_the_log_says_so(service: Served, host: str) -> None:
    seen, told = tried(service, f"http://{host}/latest/meta-data/")

    assert seen.startswith("403 ")
    assert told == [f"network: {host} is an address, not a name"]


@pytest.mark.parametrize("host", ["0x7f.1", "127.1", "localhost", "0"])
def test_an_address_in_disguise_is_refused(service: Served, host: str) -> None:
    seen, told = tried(service, f"http://{host}/")

    assert seen.startswith("400 ")
    assert len(told) == 1


def test_the_service_itself_is_not_reached(service: Served) -> None:
    allowed = {"mode": "allowlist", "hosts": ["127.0.0.1"], "ports": [service.port]}

    seen, told = tried(service, f"http://127.0.0.1:{service.port}/livez", network=allowed)

    assert seen.startswith("403 ")
    assert told == ["network: 127.0.0.1 has an address of a kind: loopback"]


def test_a_tunnel_is_refused_with_its_reason(service: Served) -> None:
    allowed = {"mode": "allowlist", "hosts": ["api.example.com"]}

    seen, _ = tried(service, "https://evil.example.com/", network=allowed)

    assert seen == "ProxyError: 403 evil.example.com is not among the step's hosts"


def test_without_a_network_nothing_is_connected(service: Served) -> None:
    seen, told = tried(service, "https://api.example.com/", network={"mode": "none"})

    assert seen.startswith("ConnectError")
    assert told == []


def test_a_connection_past_the_proxy_ends_at_the_proxy(service: Served) -> None:
    statement = """
import json
socket = json.codecs.builtins.__import__("socket")
try:
    with socket.create_connection(("127.0.0.1", PORT), 10) as made:
        made.sendall(b"hello\\r\\n\\r\\n")
        told = made.recv(20).decode()
except OSError as error:
    told = repr(error)
return [{"x": told}]
"""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        port = str(canary.getsockname()[1])
        run = service.run(a_step(statement.replace("PORT", port), output_schema=TEXT))

        with pytest.raises(BlockingIOError):
            canary.accept()

    assert run["rows"][0]["x"].startswith(("HTTP/1.1 400", "ConnectionRefused", "PermissionError"))


@pytest.mark.parametrize(("mode", "reached"), [("open", "proxy"), ("none", "none")])
def test_an_answer_tells_how_far_its_statement_reached(
    service: Served, mode: str, reached: str
) -> None:
    run = service.run(a_step("return []", network={"mode": mode}))

    assert run["isolation"]["egress"] == reached


def test_a_network_that_cannot_be_is_pointed_at(service: Served) -> None:
    step = a_step("return []", network={"mode": "allowlist", "hosts": ["127.1"]})

    answer = service.request("POST", "/v1/runs", {"step": step})

    assert answer.status == 400
    assert answer.body["errors"][0]["pointer"] == "/step/network/hosts/0"
