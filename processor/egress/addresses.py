"""
Which addresses no statement may reach. Our own table, from IANA's special-purpose registries.

Not `ipaddress.is_global`: what it says changes with the interpreter (CVE-2024-4032), it follows no
address into the IPv4 one that it carries (NAT64, 6to4, Teredo), and knows no cloud. An address that
carries another is judged as both.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Range: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

SPECIAL: Final = {
    ipaddress.ip_network(text): meaning
    for text, meaning in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "automatic multicast tunnelling"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, broadcast"),
        ("::/96", "unspecified, loopback, IPv4-compatible"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discarded"),
        ("100:0:0:1::/64", "dummy prefix"),
        ("2001::/23", "protocol assignments, Teredo"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
}
"""Every range that is no public host's, and what it is instead."""

NEVER: Final = {
    ipaddress.ip_network(text): meaning
    for text, meaning in (
        ("100.100.100.200/32", "Alibaba Cloud's metadata"),
        ("168.63.129.16/32", "Azure's host"),
        ("169.254.0.0/16", "link-local, a cloud's metadata"),
        ("192.0.0.192/32", "Oracle Cloud's metadata"),
        ("fd00:c1::a9fe:a9fe/128", "Oracle Cloud's metadata"),
        ("fd00:ec2::/32", "Amazon's metadata"),
        ("fd20:ce::254/128", "Google Cloud's metadata"),
        ("fe80::/10", "link-local"),
    )
}
"""Refused though an operator allows a range around them."""

ALLOWABLE: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            *("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"),
            *("64:ff9b::/96", "fc00::/7"),
        ),
    )
)
"""What an operator may open. Never loopback: the service itself listens there."""

_CARRY: Final = tuple(
    (ipaddress.ip_network(text), shift)
    for text, shift in (
        *(("::/96", 0), ("::ffff:0:0/96", 0), ("::ffff:0:0:0/96", 0)),
        *(("64:ff9b::/96", 0), ("64:ff9b:1::/48", 0), ("2002::/16", 80)),
    )
)
"""IPv6 ranges that carry an IPv4 address, and how many bits stand behind it."""
_TEREDO: Final = ipaddress.ip_network("2001::/32")
_IPV4: Final = 0xFFFF_FFFF


def why_refused(address: Address, allowed: Sequence[Range] = ()) -> str | None:
    """
    Say what an address is, where it is no public host's and not in an allowed range.

    >>> why_refused(ipaddress.ip_address("64:ff9b::a9fe:a9fe"))
    "link-local, a cloud's metadata"
    """
    forms = (address, *carried(address))
    for ranges in (NEVER, SPECIAL):
        for form in forms:
            if ranges is SPECIAL and _within(form, allowed):
                continue
            found = next((ranges[each] for each in ranges if form in each), None)
            if found is not None:
                return found
    return None


def carried(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """Give the IPv4 addresses that an address leads to, by translation or through a tunnel."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    bits = int(address)
    for carrier, shift in _CARRY:
        if address in carrier:
            yield ipaddress.IPv4Address(bits >> shift & _IPV4)
    if address in _TEREDO:
        yield ipaddress.IPv4Address(bits >> 64 & _IPV4)
        yield ipaddress.IPv4Address(bits & _IPV4 ^ _IPV4)


def read_ranges(text: str) -> tuple[Range, ...]:
    """
    Read ranges that an operator allows, separated by commas; raises ValueError.

    >>> read_ranges("10.1.0.0/16, fd12::/16")
    (IPv4Network('10.1.0.0/16'), IPv6Network('fd12::/16'))
    """
    ranges = tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())
    for each in ranges:
        if not any(_is_part(each, whole) for whole in ALLOWABLE):
            known = ", ".join(map(str, ALLOWABLE))
            raise ValueError(f"{each} is in none of the ranges that can be allowed: {known}")
    return ranges


def _within(address: Address, ranges: Sequence[Range]) -> bool:
    return any(address in each for each in ranges)


def _is_part(part: Range, whole: Range) -> bool:
    return (
        part.version == whole.version
        and part.network_address in whole
        and part.broadcast_address in whole
    )
