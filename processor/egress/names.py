"""
Names of hosts, as a request or an allowlist may write them.

Strict where resolvers are not: `2130706433`, `0x7f.1` and `127.1` are addresses to them and refused
here, for what is judged and what is connected to must be one thing.
"""

import ipaddress
import re
from typing import Final, TypeAlias

import idna

from .addresses import Address

Host: TypeAlias = str | Address
"""A name in lower case and ASCII, without a last dot; or an address that was written out."""

LONGEST_NAME: Final = 253
LONGEST_WRITTEN: Final = 1024
"""Of a name in any letters, before it is turned into ASCII."""
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


class BadHost(ValueError):
    """It is neither a name of the public DNS nor an address; the message says why."""


def read_host(text: str) -> Host:
    """
    Read a host of a request's target, IPv6 in brackets; raises BadHost.

    >>> read_host("API.Example.com."), read_host("[2001:db8::1]")
    ('api.example.com', IPv6Address('2001:db8::1'))
    """
    if text.startswith("[") and text.endswith("]"):
        return _address(text[1:-1], ipaddress.IPv6Address)
    if re.fullmatch(r"[0-9.]+", text, re.ASCII):
        return _address(text, ipaddress.IPv4Address)
    return read_name(text)


def read_name(text: str) -> str:
    """Read a name in ASCII; raises BadHost."""
    name = text.lower().removesuffix(".") if text.isascii() else ""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise BadHost("not the full name of a host")
    last = name.rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        raise BadHost("an address in a form that is not taken")
    if last == "localhost":
        raise BadHost("this machine")
    return name


def read_pattern(text: str) -> str:
    """
    Read a host of an allowlist: a name, `*.` and a name, or an address; raises BadHost.

    >>> read_pattern("*.Bücher.example"), read_pattern("192.0.2.1")
    ('*.xn--bcher-kva.example', '192.0.2.1')
    """
    if len(text) > LONGEST_WRITTEN:
        raise BadHost("longer than any name")
    if text.startswith("*."):
        return f"*.{read_name(_in_ascii(text[2:]))}"
    if ":" in text and "[" not in text:
        return str(_address(text, ipaddress.IPv6Address))
    return str(read_host(_in_ascii(text)))


def matches(host: Host, pattern: str) -> bool:
    """
    Tell whether a host is what a pattern names; a star stands for one label.

    >>> matches("a.example.com", "*.example.com"), matches("a.b.example.com", "*.example.com")
    (True, False)
    """
    if pattern.startswith("*.") and isinstance(host, str):
        return host.partition(".")[2] == pattern[2:]
    return str(host) == pattern


def written(host: Host) -> str:
    """Write a host as it stands in a target."""
    return f"[{host}]" if isinstance(host, ipaddress.IPv6Address) else str(host)


def _address(text: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> Address:
    try:
        if "%" in text:
            raise BadHost("an address with a zone")
        return kind(text)
    except ipaddress.AddressValueError:
        raise BadHost("an address in a form that is not taken") from None


def _in_ascii(text: str) -> str:
    if text.isascii():
        return text
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise BadHost(f"not a name: {error}") from None
