"""Requests to the proxy: where each is to go is read in one way, or it is refused."""

import ipaddress

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.egress.names import BadHost, read_host, written
from processor.egress.refused import Refused
from processor.egress.request import Wanted, onward, read_request
from tests.egress.test_names import names

LONGEST = 32 << 10


def heard(data: bytes) -> h11.Request:
    """Give the request that some bytes are; raises h11.RemoteProtocolError."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST)
    http.receive_data(data)
    event = http.next_event()
    if not isinstance(event, h11.Request):
        raise h11.RemoteProtocolError("no request")
    return event


def wanted(line: str, *headers: str) -> Wanted:
    lines = [f"{line} HTTP/1.1", "Host: x", *headers]
    return read_request(heard("".join(f"{each}\r\n" for each in [*lines, ""]).encode("latin-1")))


def refusal_of(line: str, *headers: str) -> str:
    with pytest.raises(Refused) as caught:
        wanted(line, *headers)
    assert caught.value.kind == "request"
    return caught.value.message


def test_connect_asks_for_a_tunnel() -> None:
    assert wanted("CONNECT Api.Example.com:443") == Wanted(
        host="api.example.com", port=443, path=None
    )


def test_connect_takes_an_address_in_brackets() -> None:
    address = ipaddress.ip_address("2001:db8::1")
    assert wanted("CONNECT [2001:db8::1]:443") == Wanted(host=address, port=443, path=None)


@pytest.mark.parametrize(
    ("url", "port", "path"),
    [
        ("http://a.example/x?y=1", 80, "/x?y=1"),
        ("HTTP://A.example", 80, "/"),
        ("http://a.example:8080/", 8080, "/"),
        ("http://a.example?q=/1", 80, "/?q=/1"),
        ("http://a.example//b.example/", 80, "//b.example/"),
        ("http://a.example/@b.example:1/", 80, "/@b.example:1/"),
    ],
)
def test_a_plain_request_names_its_url(url: str, port: int, path: str) -> None:
    assert wanted(f"GET {url}") == Wanted(host="a.example", port=port, path=path)


@pytest.mark.parametrize(
    "line",
    [
        "CONNECT allowed.test",
        "CONNECT allowed.test:",
        "CONNECT allowed.test:0",
        "CONNECT allowed.test:65536",
        "CONNECT allowed.test:99999999999",
        "CONNECT allowed.test:+443",
        "CONNECT allowed.test:4_4",
        "CONNECT allowed.test:443/",
        "CONNECT allowed.test:443:443",
        "CONNECT allowed.test@127.0.0.1:443",
        "CONNECT 127.0.0.1%00.allowed.test:443",
        "CONNECT [::1%25lo]:443",
        "CONNECT [::1]",
        "CONNECT [::1]x:443",
        "CONNECT ::1:443",
        "CONNECT 2130706433:80",
        "CONNECT localhost:80",
        "CONNECT http://allowed.test:443",
        "GET /",
        "GET *",
        "GET allowed.test",
        "GET https://allowed.test/",
        "GET ftp://allowed.test/",
        "GET http://",
        "GET http:///path",
        "GET http://:80/",
        "GET http://allowed.test:/",
        "GET http://allowed.test@127.0.0.1/",
        "GET http://user:secret@allowed.test/",
        "GET http://127.0.0.1:80\\@allowed.test/",
        "GET http://127.0.0.1#@allowed.test/",
        "GET http://allowed.test/#there",
        "GET http://allowed.test#/there",
        "GET http://0x7f.1/",
        "OPTIONS *",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(line: str) -> None:
    assert refusal_of(line)


def test_a_name_and_password_before_a_host_are_called_that() -> None:
    assert "name and password" in refusal_of("GET http://allowed.test@127.0.0.1/")


@pytest.mark.parametrize("header", ["Content-Length: 5", "Transfer-Encoding: chunked"])
def test_connect_with_a_body_is_refused(header: str) -> None:
    assert "no body" in refusal_of("CONNECT allowed.test:443", header)


def test_a_refusal_shows_little_of_a_long_target() -> None:
    assert len(refusal_of(f"GET http://{'a' * 5000}/")) < 200


def test_a_request_goes_on_under_the_name_that_was_judged() -> None:
    request = heard(
        b"GET http://allowed.test:8080/x HTTP/1.1\r\nHost: evil.test\r\nAccept: a\r\n"
        b"Connection: keep-alive, X-Secret\r\nX-Secret: 1\r\nProxy-Authorization: b\r\nTE: x\r\n"
        b"Upgrade: websocket\r\nKeep-Alive: 5\r\n\r\n"
    )

    sent = onward(request, read_request(request))

    assert sent.target == b"/x"
    assert [*sent.headers] == [
        (b"host", b"allowed.test:8080"),
        (b"accept", b"a"),
        (b"connection", b"close"),
    ]


def test_no_header_takes_the_length_of_a_body_away() -> None:
    request = heard(
        b"POST http://allowed.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
        b"Connection: content-length\r\n\r\nabc"
    )

    assert (b"content-length", b"3") in [*onward(request, read_request(request)).headers]


# Fuzz

pieces = st.sampled_from(
    [
        *(b"GET ", b"CONNECT ", b"POST ", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r", b"\0"),
        *(
            b"http://",
            b"https://",
            b"allowed.test",
            b"127.0.0.1",
            b"[::1]",
            b"2130706433",
            b"0x7f.1",
        ),
        *(b":80", b":443", b":", b"@", b"/", b"\\", b"#", b"?", b"%00", b" ", b"\t", b"\xff"),
        *(b"Host: ", b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Connection: close"),
    ]
)
heads = st.lists(pieces | st.binary(max_size=4), max_size=16).map(
    lambda parts: b"".join(parts) + b"\r\n\r\n"
)
targets = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["http://", "HTTP://", ""]),
    names | st.ip_addresses().map(written) | st.text("a.:@[]%\\0x127", max_size=12),
    st.sampled_from(["", ":80", ":443", ":0443", ":9999999", ":"]),
    st.sampled_from(["", "/", "/a?b", "?b", "/@c", "//d", "\\", "#e"]),
)


@given(heads | st.binary(max_size=200))
def test_any_bytes_are_a_request_or_an_error_that_is_known(data: bytes) -> None:
    try:
        request = heard(data)
        read = read_request(request)
    except (h11.RemoteProtocolError, Refused):
        return

    assert 0 < read.port < 65_536
    assert read_host(written(read.host)) == read.host


@given(st.sampled_from(["GET", "POST", "CONNECT", "TRACE"]), targets)
def test_what_goes_on_is_one_request_to_the_host_that_was_read(method: str, target: str) -> None:
    try:
        request = heard(f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        read = read_request(request)
    except (h11.RemoteProtocolError, Refused, BadHost):
        return
    if read.path is None:
        return

    http = h11.Connection(h11.CLIENT)
    again = h11.Connection(h11.SERVER)
    again.receive_data(http.send(onward(request, read)) + http.send(h11.EndOfMessage()))
    sent = again.next_event()

    assert isinstance(sent, h11.Request)
    assert sent.target.decode() == read.path
    (host,) = [value for name, value in sent.headers if name == b"host"]
    assert host.decode() in {written(read.host), f"{written(read.host)}:{read.port}"}
    assert isinstance(again.next_event(), h11.EndOfMessage)
    assert again.trailing_data == (b"", False)
