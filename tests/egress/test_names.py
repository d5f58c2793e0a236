"""Names of hosts: one reading of each, and none that a resolver takes for something else."""

import ipaddress
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.egress.names import BadHost, matches, read_host, read_pattern, written

labels = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True)
names = (
    st.lists(labels, min_size=2, max_size=4)
    .map(".".join)
    .filter(lambda name: not re.fullmatch(r"(.*\.)?([0-9]+|0x[0-9a-f]*|localhost)", name))
)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2130706433",
            "0x7f.1",
            "127.1",
            "0177.0.0.1",
            "0x7f000001",
            "017700000001",
            "0",
            "1.2.3",
        ),
        *("127.0.0.1.", "127.0.0.01", "1.2.3.4.5", "256.1.1.1", "a.1", "a.0x7f", "a.0x", "1.0xff"),
        *("example.0", "a.b.2130706433", "0x7f.0x0.0x0.0x1", "0xA9FEA9FE", "a.0XFF"),
    ],
)
def test_an_address_in_a_resolver_s_own_forms_is_refused(text: str) -> None:
    with pytest.raises(BadHost):
        read_host(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "a", "a..b", ".a.b", "a.b..", "-a.b", "a-.b", "a b.c", "a.b\n", "a\0.b"),
        *(
            "localhost",
            "a.localhost",
            "localhost.",
            "metadata",
            "a.b/c",
            "a.b:80",
            "a@b.c",
            "a%2e.b",
        ),
        *(
            "ünï.example",
            "\uff41.example",
            "\uff11\uff12\uff17.0.0.1",
            "a\u3002b",
            "a.b\\c",
            "*.a.b",
            "a.*",
            "[a.b]",
        ),
        *("[::1", "::1]", "[]", "[1.2.3.4]", "[::1%lo]", "[fe80::1%25eth0]", "[:::1]"),
        "a" * 64 + ".b",
        ".".join(["a" * 60] * 5),
    ],
)
def test_what_is_no_full_name_is_refused(text: str) -> None:
    with pytest.raises(BadHost):
        read_host(text)


def test_a_name_is_read_in_lower_case_and_without_its_last_dot() -> None:
    assert read_host("API.Example.COM.") == "api.example.com"


def test_an_address_is_read_as_one() -> None:
    assert read_host("192.0.2.1") == ipaddress.ip_address("192.0.2.1")
    assert read_host("[::FFFF:1.2.3.4]") == ipaddress.ip_address("::ffff:1.2.3.4")


@given(names)
def test_a_name_is_read_as_it_stands(name: str) -> None:
    assert read_host(name) == name
    assert read_host(f"{name.upper()}.") == name


@given(st.text(max_size=40))
def test_what_is_read_as_a_name_is_no_address_to_a_resolver(text: str) -> None:
    try:
        host = read_host(text)
    except BadHost:
        return
    if isinstance(host, str):
        with pytest.raises(OSError, match="illegal IP address"):
            socket.inet_aton(host)


@given(names | st.ip_addresses().map(written))
def test_a_host_that_is_written_is_read_again(text: str) -> None:
    assert written(read_host(text)) == text.lower()


# Patterns


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ("api.example.com", "api.example.com"),
        ("*.Example.com", "*.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.BÜCHER.example", "*.xn--bcher-kva.example"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("my_bucket.s3.example", "my_bucket.s3.example"),
    ],
)
def test_a_pattern_is_read_in_one_form(pattern: str, read: str) -> None:
    assert read_pattern(pattern) == read


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "*.com", "*.*.example.com", "a.*.example.com", "*a.example.com", "**.example.com"),
        *(
            "https://a.b",
            "a.b/",
            "a.b:443",
            "*.1.2.3.4",
            "*.127.1",
            "",
            "a b.c",
            "1::2::3",
            "ü" * 2000,
        ),
        "\u2024example.com",
    ],
)
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(BadHost):
        read_pattern(pattern)


@given(names, labels)
def test_a_star_is_exactly_one_label(name: str, label: str) -> None:
    assert matches(f"{label}.{name}", f"*.{name}")
    assert not matches(name, f"*.{name}")
    assert not matches(f"a.{label}.{name}", f"*.{name}")
    assert not matches(f"{label}{name}", f"*.{name}")


@given(names, names)
def test_a_name_is_matched_by_itself_alone(name: str, other: str) -> None:
    assert matches(name, name)
    assert matches(name, other) is (name == other)


def test_a_star_never_stands_for_a_part_of_an_address() -> None:
    assert not matches(ipaddress.ip_address("10.0.0.1"), "*.0.0.1")
