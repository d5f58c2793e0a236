"""httpx, openai and pandas behind the walls: unmodified, over TLS, to a host of our own making."""

import asyncio
import json
import socket
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from processor.runtime.forked.way_out import served
from tests.egress.certificates import certificates_in, interpreter
from tests.egress.outsides import PUBLIC, MadeUp, a_server, a_way, listed
from tests.runtime.jail.jails import ORDINARY, need

ROOT = Path(__file__).parents[3]
WAYS = ("listens", "connects")
USES = """
import httpx, openai, pandas
openai.api_key, openai.api_base = "sk-1", "https://allowed.test/v1"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "?"}]}

async def httpx_async(url):
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text

async def many():
    import asyncio
    async with httpx.AsyncClient() as client:
        answers = await asyncio.gather(*(client.get("https://allowed.test/text") for _ in range(8)))
    return [answer.text for answer in answers]

async def openai_async():
    return (await openai.ChatCompletion.acreate(**CHAT))["choices"][0]["message"]["content"]

done = {
    "httpx http": lambda: httpx.get("http://allowed.test/text").text,
    "httpx https": lambda: httpx.get("https://allowed.test/text").text,
    "httpx async http": lambda: httpx_async("http://allowed.test/text"),
    "httpx async https": lambda: httpx_async("https://allowed.test/text"),
    "httpx post": lambda: httpx.post("http://allowed.test/echo", content=b"x" * 300_000).text,
    "httpx large": lambda: len(httpx.get("https://allowed.test/large").content),
    "httpx at once": many,
    "openai": lambda: openai.ChatCompletion.create(**CHAT)["choices"][0]["message"]["content"],
    "openai async": openai_async,
    "pandas http": lambda: pandas.read_csv("http://allowed.test/table.csv").to_dict("records"),
    "pandas https": lambda: pandas.read_csv("https://allowed.test/table.csv").to_dict("records"),
    "pandas json": lambda: pandas.read_json("https://allowed.test/table.json").to_dict("records"),
    "redirect http": lambda: httpx.get("http://allowed.test/away", follow_redirects=True).text,
    "redirect https": lambda: httpx.get("https://allowed.test/inward", follow_redirects=True).text,
    "refused": lambda: httpx.get("https://evil.test/").text,
    "refused pandas": lambda: pandas.read_csv("https://evil.test/table.csv"),
    "stranger": lambda: httpx.get("https://stranger.test/").text,
    "datagram": lambda: __import__("socket").socket(2, 2),
}
"""
ANSWER = {"choices": [{"message": {"role": "assistant", "content": "hello"}}]}
PAGES: Mapping[str, tuple[str, bytes]] = {
    "/text": ("200 OK", b"text"),
    "/large": ("200 OK", b"x" * 3_000_000),
    "/table.csv": ("200 OK", b"a,b\n1,2\n"),
    "/table.json": ("200 OK", b'[{"a": 1}]'),
    "/v1/chat/completions": ("200 OK", json.dumps(ANSWER).encode()),
    "/away": ("302 Found\r\nLocation: http://169.254.169.254/latest", b""),
    "/inward": ("302 Found\r\nLocation: https://127.0.0.1/", b""),
}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request with a page, or with the length of what was sent."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    body = await reader.readexactly(length)
    path = head.split(b" ")[1].decode()
    status, page = PAGES.get(path, ("200 OK", str(len(body)).encode()))
    kind = "text/csv" if path.endswith("csv") else "application/json"
    lines = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(page)}\r\n"
    writer.write(f"{lines}Connection: close\r\n\r\n".encode() + page)
    await writer.drain()
    writer.close()


@pytest.fixture(scope="module")
def python() -> Path:
    """Give the interpreter of the environment, with its packages."""
    return interpreter()


@pytest.fixture(scope="module")
def certificates(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates_in(tmp_path_factory.mktemp("certificates"), python)


@pytest.fixture(scope="module", params=WAYS)
def told(
    request: pytest.FixtureRequest, python: Path, certificates: Path
) -> tuple[dict[str, Any], MadeUp, list[str]]:
    """Give what each use of a package came to, what was reached, and what was refused."""
    if request.param == "listens":
        need(ORDINARY)
    return asyncio.run(used(request.param, python, certificates))


async def used(
    way: str, python: Path, certificates: Path
) -> tuple[dict[str, Any], MadeUp, list[str]]:
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificates / "server.pem")
    names = {"allowed.test": [PUBLIC], "stranger.test": [PUBLIC]}
    async with a_server(serve) as plain, a_server(serve, ssl=secure) as tls:
        made_up = MadeUp(names=names, ports={80: plain, 443: tls})
        async with a_way(made_up, listed("allowed.test", "stranger.test")) as out:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            process = await asyncio.create_subprocess_exec(
                *(python, "-I", Path(__file__).with_name("walled.py"), way),
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={
                    "PATH": "/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "OPENBLAS_NUM_THREADS": "1",
                    "SSL_CERT_FILE": str(certificates / "ca.pem"),
                    "REQUESTS_CA_BUNDLE": str(certificates / "ca.pem"),
                },
            )
            theirs.close()
            assert process.stdin is not None
            process.stdin.write(USES.encode())
            process.stdin.close()
            with ours:
                ready = asyncio.Event()
                asyncio.get_running_loop().add_reader(ours, ready.set)
                await ready.wait()
                asyncio.get_running_loop().remove_reader(ours)
                async with served(ours, out.proxy):
                    assert process.stdout is not None
                    said = await process.stdout.read()
                    assert await process.wait() == 0
        return json.loads(said), made_up, out.told


@pytest.mark.parametrize(
    ("use", "result"),
    [
        ("httpx http", "text"),
        ("httpx https", "text"),
        ("httpx async http", "text"),
        ("httpx async https", "text"),
        ("httpx post", "300000"),
        ("httpx large", 3_000_000),
        ("httpx at once", ["text"] * 8),
        ("openai", "hello"),
        ("openai async", "hello"),
        ("pandas http", [{"a": 1, "b": 2}]),
        ("pandas https", [{"a": 1, "b": 2}]),
        ("pandas json", [{"a": 1}]),
    ],
)
def test_a_package_reaches_an_allowed_host(
    told: tuple[dict[str, Any], MadeUp, list[str]], use: str, result: Any
) -> None:
    assert told[0][use] == result


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("redirect http", "169.254.169.254 is not among the step's hosts"),
        ("redirect https", "127.0.0.1 is not among the step's hosts"),
        ("refused", "evil.test is not among the step's hosts"),
        ("refused pandas", "evil.test is not among the step's hosts"),
        ("stranger", "CERTIFICATE_VERIFY_FAILED"),
        ("datagram", "PermissionError"),
    ],
)
def test_what_a_package_is_refused_is_told_in_its_own_error(
    told: tuple[dict[str, Any], MadeUp, list[str]], use: str, words: str
) -> None:
    assert words in told[0][use]


def test_every_package_went_through_the_proxy_to_the_address_of_the_name(
    told: tuple[dict[str, Any], MadeUp, list[str]],
) -> None:
    assert {*told[1].connected} == {(PUBLIC, 80), (PUBLIC, 443)}
    assert {*told[1].resolved} == {"allowed.test", "stranger.test"}
    assert len(told[2]) == 4
