"""What is no request, what comes slowly, and what is packed too well: each costs itself only."""

import gzip
import json
import random
import re
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import pytest
from backports import zstd

from tests.served import Served, a_step

RUN = json.dumps({"step": a_step("return [{'x': 1}]")}).encode()
HEAD = b"Host: 127.0.0.1\r\n"
POST = b"POST /v1/runs HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"

MALFORMED = {
    "nothing of HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    "no version": b"GET /livez\r\n\r\n",
    "another version": b"GET /livez HTTP/9.9\r\n" + HEAD + b"\r\n",
    "a method of signs": b"G@T /livez HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a long header": b"GET /livez HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
    "many headers": b"GET /livez HTTP/1.1\r\n" + HEAD + b"X: a\r\n" * 1_000 + b"\r\n",
    "a header without a colon": b"GET /livez HTTP/1.1\r\n" + HEAD + b"nonsense\r\n\r\n",
    "a null byte in a header": b"GET /livez HTTP/1.1\r\n" + HEAD + b"X: a\0b\r\n\r\n",
    "a line that goes on": b"GET /livez HTTP/1.1\r\n" + HEAD + b"X: a\r\n b\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length and chunks": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks of no size": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "an unknown transfer": POST + b"Transfer-Encoding: cubes\r\n\r\n{}",
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /livez HTTP/1.1\r\n" + HEAD * 2 + b"\r\n",
    "an expectation": POST + b"Expect: the-best\r\nContent-Length: 2\r\n\r\n{}",
    "a proxy's request": b"CONNECT example.com:443 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a target that is no path": b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a path that is no text": b"GET /v1/runs/%ff%fe HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a path of dots": b"GET /docs/../../etc/passwd HTTP/1.1\r\n" + HEAD + b"\r\n",
    "broken JSON": POST + b"Content-Length: 1\r\n\r\n{",
    "a body that is no gzip": POST + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "a body of null bytes": POST + b"Content-Length: 4\r\n\r\n\0\0\0\0",
    "a form without parts": POST.replace(b"application/json", b"multipart/form-data; boundary=x")
    + b"Content-Length: 2\r\n\r\nab",
}


@contextmanager
def connected(service: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as stream:
        yield stream


@dataclass(frozen=True, kw_only=True)
class Answered:
    status: int
    media_type: str | None
    content: bytes


def sent(service: Served, content: bytes) -> Answered | None:
    """Send bytes, and give what is answered; None where the service hangs up at once."""
    with connected(service) as stream:
        try:
            stream.sendall(content)
            response = HTTPResponse(stream)
            response.begin()
            return Answered(
                status=response.status,
                media_type=response.getheader("Content-Type"),
                content=response.read(),
            )
        except (ConnectionError, HTTPException):
            return None


ANSWERED = {"no version", "no host"}
"""HTTP 0.9, and a caller who does not say whom it calls: odd, and harmless."""
REFUSED = {name: content for name, content in MALFORMED.items() if name not in ANSWERED}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_request_is_a_problem(service: Served, kind: str) -> None:
    answer = sent(service, REFUSED[kind])

    assert answer
    assert (answer.status // 100, answer.media_type) == (4, "application/problem+json")
    problem = json.loads(answer.content)
    assert (problem["status"], len(problem["trace_id"])) == (answer.status, 32)


def test_what_is_no_request_is_not_repeated_in_the_answer(service: Served) -> None:
    answer = sent(service, b"GET /livez HTTP/1.1\r\nsecret-of-somebody\r\n\r\n")

    assert answer
    assert answer.status == 400
    assert b"secret" not in answer.content


def test_a_request_of_http_1_0_is_answered(service: Served) -> None:
    answer = sent(service, b"GET /livez HTTP/1.0\r\n\r\n")

    assert answer
    assert answer.status == 200


def test_a_thousand_malformed_requests_leave_the_service_as_it_was(service: Served) -> None:
    usual = run_seconds(service)
    chance = random.Random(7)
    kinds = [*MALFORMED.values()]

    for number in range(1_000):
        content = bytearray(kinds[number % len(kinds)])
        for _ in range(number % 3):
            content[chance.randrange(len(content))] = chance.randrange(256)
        sent(service, bytes(content))

    assert service.process.poll() is None
    assert run_seconds(service) < max(10 * usual, 2.0)
    assert len(sockets_of(service)) < 20


def run_seconds(service: Served) -> float:
    """Give how long the fastest of some runs takes."""
    taken = []
    for _ in range(5):
        started = time.monotonic()
        assert service.request("POST", "/v1/runs", RUN).status == 200
        taken.append(time.monotonic() - started)
    return min(taken)


def sockets_of(service: Served) -> list[str]:
    """Give the connections of a service that it holds open, as the kernel lists them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    own = f":{service.port:04X}"
    return [row[1] for row in rows if row[1].endswith(own) and row[3] == "01"]


# Slow clients


def test_those_who_dawdle_hold_up_nobody(service: Served) -> None:
    opened = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(60)]
    try:
        for number, stream in enumerate(opened):
            slow = (b"GET /livez HTTP/1.1\r\nX", POST + b"Content-Length: 50000\r\n\r\n{", b"")
            stream.sendall(slow[number % 3])

        assert service.request("POST", "/v1/runs", RUN).status == 200
    finally:
        for stream in opened:
            stream.close()


def test_who_does_not_read_holds_up_nobody(service: Served) -> None:
    rows = json.dumps({"step": a_step("return [{'x': n} for n in range(200_000)]")}).encode()
    request = POST + b"Content-Length: %d\r\n\r\n" % len(rows) + rows
    opened = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(4)]
    try:
        for stream in opened:
            stream.sendall(request)
            assert stream.recv(12).startswith(b"HTTP/1.1 200")  # the rest stays unread

        assert service.request("POST", "/v1/runs", RUN).status == 200
    finally:
        for stream in opened:
            stream.close()


# Bombs

ZEROS = b'{"step": "' + b"0" * (160 << 20) + b'"}'


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("gzip", gzip.compress(ZEROS)),
        ("deflate", zlib.compress(ZEROS)),
        ("zstd", zstd.compress(ZEROS, 19)),
        ("gzip, gzip", gzip.compress(gzip.compress(ZEROS))),
    ],
)
def test_a_bomb_is_refused(service: Served, coding: str, content: bytes) -> None:
    before = peak_bytes(service)
    headers = {"Content-Encoding": coding}

    answer = service.request("POST", "/v1/runs", content, headers)

    assert answer.status in (413, 415)
    assert peak_bytes(service) < before + len(ZEROS)


def peak_bytes(service: Served) -> int:
    """Give the most memory that the service has had."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) << 10
