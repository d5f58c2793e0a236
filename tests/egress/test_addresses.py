"""Addresses: every special range is refused, in every form that leads into it."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.egress.addresses import (
    ALLOWABLE,
    NEVER,
    SPECIAL,
    Address,
    carried,
    read_ranges,
    why_refused,
)

EVERYTHING = tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "::/0")))

v4 = st.ip_addresses(v=4)
v6 = st.ip_addresses(v=6)


def address(text: str) -> Address:
    return ipaddress.ip_address(text)


def carriers(inner: ipaddress.IPv4Address) -> list[Address]:
    """Give every IPv6 address that leads to an IPv4 one."""
    bits = int(inner)
    return [
        ipaddress.IPv6Address(bits),
        ipaddress.IPv6Address(0xFFFF << 32 | bits),
        ipaddress.IPv6Address(0xFFFF << 48 | bits),
        ipaddress.IPv6Address(0x64FF9B << 96 | bits),
        ipaddress.IPv6Address(0x64FF9B0001 << 80 | bits),
        ipaddress.IPv6Address(0x2002 << 112 | bits << 80),
        ipaddress.IPv6Address(0x2001 << 112 | bits << 64),
        ipaddress.IPv6Address(0x2001 << 112 | 0xCB00_7101 << 64 | bits ^ 0xFFFF_FFFF),
    ]


@pytest.mark.parametrize("each", [*SPECIAL, *NEVER], ids=str)
def test_a_special_range_is_refused_from_its_first_address_to_its_last(
    each: ipaddress.IPv4Network,
) -> None:
    assert why_refused(each.network_address) is not None
    assert why_refused(each.broadcast_address) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
        *("126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "223.255.255.255"),
        *("192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "168.63.129.15"),
        *("2606:4700::1111", "2a00::1", "2001:200::1", "2003::1", "64:ff9a::1", "fbff::1"),
    ],
)
def test_a_neighbour_of_a_special_range_is_public(text: str) -> None:
    assert why_refused(address(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        *("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fe80::a9fe:a9fe"),
        *(
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a83f:8110",
        ),
    ],
)
def test_metadata_is_refused_whatever_an_operator_allows(text: str) -> None:
    assert why_refused(address(text), EVERYTHING) is not None


def test_an_allowed_range_lets_its_own_addresses_through_and_no_others() -> None:
    allowed = read_ranges("10.1.0.0/16")

    assert why_refused(address("10.1.2.3"), allowed) is None
    assert why_refused(address("10.2.0.0"), allowed) == "private"


def test_an_allowed_translation_leads_to_public_addresses_only() -> None:
    allowed = read_ranges("64:ff9b::/96")

    assert why_refused(address("64:ff9b::808:808"), allowed) is None
    assert why_refused(address("64:ff9b::a00:1"), allowed) == "private"
    assert why_refused(address("64:ff9b::a00:1"), (*allowed, *read_ranges("10.0.0.0/8"))) is None


@given(v4)
def test_what_carries_an_address_is_refused_where_that_address_is(
    inner: ipaddress.IPv4Address,
) -> None:
    for carrier in carriers(inner):
        assert inner in set(carried(carrier))
        if why_refused(inner, EVERYTHING) is not None:
            assert why_refused(carrier, EVERYTHING) is not None


@given(v4 | v6)
def test_nothing_that_python_calls_special_is_let_through(any_address: Address) -> None:
    if why_refused(any_address) is None:
        assert any_address.is_global
        assert not any_address.is_multicast


@given(v4 | v6, st.sampled_from(ALLOWABLE))
def test_allowing_a_range_changes_nothing_outside_it(
    any_address: Address, allowed: ipaddress.IPv4Network
) -> None:
    if any_address not in allowed and not any(each in allowed for each in carried(any_address)):
        assert why_refused(any_address, [allowed]) == why_refused(any_address)


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.0/8", "127.0.0.1/32", "::1/128", "0.0.0.0/0", "::/0", "169.254.0.0/16"),
        *("10.0.0.0/7", "192.168.0.0/15", "224.0.0.0/4", "fe80::/10", "8.8.8.8/32", "fc00::/6"),
        *("10.0.0.1/8", "10.0.0.0/33", "all", "10.0.0.0-10.0.0.9", "64:ff9b:1::/48"),
    ],
)
def test_what_an_operator_cannot_allow_is_told(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the message is the address library's own or ours)
        read_ranges(text)


def test_ranges_are_read_from_a_list_with_commas() -> None:
    assert list(map(str, read_ranges(" 10.0.0.0/8 ,192.168.1.0/24,, fd12::/16"))) == [
        "10.0.0.0/8",
        "192.168.1.0/24",
        "fd12::/16",
    ]
    assert read_ranges("") == ()
