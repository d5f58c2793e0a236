"""Policies: what each lets through, and how a wrong one is told."""

import ipaddress
from typing import Any

import pytest

from processor.egress.names import Host
from processor.egress.policy import (
    MODES,
    MOST_HOSTS,
    NO_NETWORK,
    OPEN,
    BadPolicy,
    Policy,
    is_wider,
    read_policy,
)

LISTED = read_policy("allowlist", ["api.example.com", "*.example.org", "192.0.2.7"])


def lets(policy: Policy, host: Host, port: int = 443) -> bool:
    return policy.why_refused(host, port) is None


def test_without_a_network_nothing_is_let_through() -> None:
    assert NO_NETWORK.why_refused("api.example.com", 443) == "the step has no network"


def test_an_allowlist_lets_its_hosts_through_on_the_ports_of_the_web() -> None:
    assert lets(LISTED, "api.example.com", 443)
    assert lets(LISTED, "a.example.org", 80)
    assert lets(LISTED, ipaddress.ip_address("192.0.2.7"))
    assert not lets(LISTED, "api.example.com", 8443)
    assert not lets(LISTED, "example.org")
    assert not lets(LISTED, ipaddress.ip_address("192.0.2.8"))


def test_an_open_network_takes_names_and_no_addresses() -> None:
    assert lets(OPEN, "any.example.com", 443)
    assert not lets(OPEN, ipaddress.ip_address("1.1.1.1"))


@pytest.mark.parametrize(
    ("port", "through"),
    [(80, True), (443, True), (1024, True), (8443, True), (22, False), (25, False)],
)
def test_an_open_network_takes_the_web_s_ports_and_those_that_anybody_may_use(
    port: int, through: bool
) -> None:
    assert lets(OPEN, "any.example.com", port) is through


@pytest.mark.parametrize("mode", ["open", "allowlist"])
def test_ports_that_a_step_names_are_all_that_it_has(mode: Any) -> None:
    hosts = ["a.example"] if mode == "allowlist" else None
    policy = read_policy(mode, hosts, [9200])

    assert lets(policy, "a.example", 9200)
    assert not lets(policy, "a.example", 443)


@pytest.mark.parametrize(
    ("mode", "hosts", "ports", "where"),
    [
        ("none", ["a.example"], None, "/hosts"),
        ("open", ["a.example"], None, "/hosts"),
        ("allowlist", None, None, "/hosts"),
        ("allowlist", [], None, "/hosts"),
        ("allowlist", ["a.example", "*"], None, "/hosts/1"),
        ("allowlist", ["a.example"] * (MOST_HOSTS + 1), None, "/hosts"),
        ("none", None, [443], "/ports"),
        ("open", None, [], "/ports"),
        ("open", None, [443] * 17, "/ports"),
        ("open", None, [443, 0], "/ports/1"),
        ("open", None, [65_536], "/ports/0"),
        ("open", None, [25], "/ports/0"),
    ],
)
def test_a_policy_that_says_what_it_cannot_is_pointed_at(
    mode: Any, hosts: list[str] | None, ports: list[int] | None, where: str
) -> None:
    with pytest.raises(BadPolicy) as caught:
        read_policy(mode, hosts, ports)

    assert caught.value.where == where


def test_modes_go_from_the_narrowest_to_the_widest() -> None:
    assert [[is_wider(a, b) for b in MODES] for a in MODES] == [
        [False, False, False],
        [True, False, False],
        [True, True, False],
    ]
