"""A request that the service makes for a node: through the run's proxy, or not at all."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from processor.egress import Fetched, Refused, Wish, fetch
from processor.egress.fetch import MOST_BYTES, MOST_HEADERS
from tests.egress.certificates import certificates_in, interpreter
from tests.egress.outsides import PUBLIC, MadeUp, Origin, a_server, a_way, listed

URL = "http://allowed.test/x"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates_in(tmp_path_factory.mktemp("certificates"), interpreter())


@asynccontextmanager
async def asked(origin: Origin, wish: Wish, **way: Any) -> AsyncIterator[Fetched]:
    async with a_server(origin.serve) as port, a_way(MadeUp(port=port), **way) as out:
        yield await fetch(out.proxy, wish, ssl.create_default_context())


async def refused(url: str, origin: Origin | None = None, **wish: Any) -> str:
    with pytest.raises(Refused) as caught:
        async with asked(origin or Origin(), Wish(method="GET", url=url, **wish)):
            pass
    return caught.value.message


async def test_an_answer_comes_back_as_it_was_given() -> None:
    answer = b"HTTP/1.1 404 No\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 3\r\n\r\n\xff\x00a"

    async with asked(Origin(answer), Wish(method="GET", url=URL)) as fetched:
        assert (fetched.status, fetched.body) == (404, b"\xff\x00a")
        assert fetched.headers == {"x-a": "1, 2", "content-length": "3"}


async def test_a_request_goes_out_with_its_body_and_its_own_host() -> None:
    origin = Origin()
    headers = [("Host", "evil.test"), ("Content-Length", "9"), ("X-B", "ü")]

    async with asked(origin, Wish(method="POST", url=f"{URL}?é=1", headers=headers, body=b"hi")):
        head = origin.heads[0].lower()

    assert head.startswith(b"post /x?%c3%a9=1 http/1.1\r\nhost: allowed.test\r\n")
    assert b"content-length: 2\r\n" in head
    assert "x-b: ü".encode("latin-1") in head
    assert origin.bodies == [b"hi"]


async def test_a_redirect_is_an_answer_and_nothing_is_asked_for_twice() -> None:
    answer = b"HTTP/1.1 302 F\r\nLocation: http://other.test/\r\nContent-Length: 0\r\n\r\n"
    origin = Origin(answer)

    async with asked(origin, Wish(method="GET", url=URL)) as fetched:
        assert (fetched.status, fetched.headers["location"]) == (302, "http://other.test/")

    assert len(origin.heads) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://169.254.169.254/", "169.254.169.254 is an address, not a name"),
        ("http://0x7f.1/", "its host is an address in a form that is not taken"),
        ("https://localhost/", "its host is not the full name of a host"),
        ("http://a:b@allowed.test/", "has no user in it"),
        ("file:///etc/passwd", "begins with http:// or https://"),
        ("http://[::1", "no address"),
        ("http://allowed.test:25/", "port 25 is not among the step's ports"),
        (f"http://allowed.test/{'x' * 9000}", "at most 8,192 characters"),
        ("http://nobody.test/", "nobody.test cannot be resolved"),
    ],
)
async def test_what_is_not_let_through_says_why(url: str, words: str) -> None:
    assert words in await refused(url)


async def test_a_host_that_the_step_does_not_list_is_refused_before_it_is_looked_up() -> None:
    made_up = MadeUp()
    async with a_way(made_up, listed("allowed.test")) as way:
        wish = Wish(method="GET", url="https://other.test/")
        with pytest.raises(Refused, match=r"other\.test is not among the step's hosts"):
            await fetch(way.proxy, wish, ssl.create_default_context())

    assert made_up.resolved == []


async def test_a_name_that_leads_inside_is_refused() -> None:
    made_up = MadeUp(names={"allowed.test": ["10.0.0.1"]})
    async with a_way(made_up) as way:
        with pytest.raises(Refused, match=r"allowed\.test has an address of a kind: private"):
            await fetch(way.proxy, Wish(method="GET", url=URL), ssl.create_default_context())

    assert made_up.connected == []


@pytest.mark.parametrize("header", [("a b", "1"), ("a", "1\r\nb: 2"), ("ü", "1"), ("a", "\u20ac")])
async def test_a_header_that_is_none_is_refused(header: tuple[str, str]) -> None:
    assert "no HTTP request" in await refused(URL, headers=[header])


async def test_too_many_headers_are_refused() -> None:
    assert "at most 100 headers" in await refused(URL, headers=[("a", "1")] * (MOST_HEADERS + 1))


async def test_an_answer_that_never_ends_is_cut() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * (1 << 20))
                await writer.drain()
        except OSError:
            writer.close()

    async with a_server(pour) as port, a_way(MadeUp(port=port)) as way:
        with pytest.raises(Refused, match=f"longer than {MOST_BYTES:,} bytes"):
            await fetch(way.proxy, Wish(method="GET", url=URL), ssl.create_default_context())

        assert way.proxy.bytes_moved < 2 * MOST_BYTES


async def test_an_answer_that_does_not_come_is_given_up() -> None:
    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with a_server(keep_silent) as port, a_way(MadeUp(port=port)) as way:
        wish = Wish(method="GET", url=URL)
        with pytest.raises(Refused, match=r"no answer within 0\.1 seconds"):
            await fetch(way.proxy, wish, ssl.create_default_context(), seconds=0.1)


async def test_bytes_count_against_the_run_s_budget() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000
    with pytest.raises(Refused):
        async with asked(Origin(answer), Wish(method="GET", url=URL), bytes_moved=5000):
            pass


@pytest.mark.parametrize("answer", [b"", b"220 mail\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
async def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    assert "gave no answer" in await refused(URL, Origin(answer))


async def test_tls_reaches_to_the_host_that_was_named(certificates: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates / "server.pem")
    trusting = ssl.create_default_context(cafile=certificates / "ca.pem")
    names = {"api.test": [PUBLIC], "stranger.test": [PUBLIC]}
    wish, stranger = (Wish(method="GET", url=f"https://{name}/") for name in names)
    async with (
        a_server(Origin().serve, ssl=server) as port,
        a_way(MadeUp(names=names, port=port)) as way,
    ):
        assert (await fetch(way.proxy, wish, trusting)).body == b"hi"
        with pytest.raises(Refused, match="TLS: Hostname mismatch"):
            await fetch(way.proxy, stranger, trusting)
        with pytest.raises(Refused, match="TLS: unable to get local issuer certificate"):
            await fetch(way.proxy, wish, ssl.create_default_context())
