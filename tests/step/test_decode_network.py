"""A step's network: what it may say, where a mistake is, and what the operator's word does."""

import json
from typing import Any

import pytest

from processor.egress import NO_NETWORK, Policy, read_policy
from processor.errors import InvalidRequest
from processor.step import Profile, decode_check, decode_order
from tests.build import a_profile


def network_of(network: Any, profile: Profile | None = None) -> Policy:
    step = {"statement": "return []", "output_schema": "orders", "network": network}
    body = json.dumps({"step": step}).encode()
    return decode_order(body, {"processor": profile or a_profile()}).step.network


def mistake_in(network: Any, profile: Profile | None = None) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        network_of(network, profile)
    return caught.value


def test_a_step_that_says_nothing_has_its_profile_s_network() -> None:
    listed = read_policy("allowlist", ["a.example"])

    assert network_of(None) == read_policy("open")
    assert network_of(None, a_profile(network=listed)) == listed


@pytest.mark.parametrize(
    ("network", "policy"),
    [
        ({"mode": "none"}, NO_NETWORK),
        ({"mode": "open"}, read_policy("open")),
        ({"mode": "open", "ports": [9200]}, read_policy("open", None, [9200])),
        (
            {"mode": "allowlist", "hosts": ["A.example", "*.b.example"], "ports": [443]},
            read_policy("allowlist", ["a.example", "*.b.example"], [443]),
        ),
        ({"mode": "none", "hosts": None, "ports": None}, NO_NETWORK),
    ],
)
def test_a_step_says_what_it_may_reach(network: Any, policy: Policy) -> None:
    assert network_of(network) == policy


@pytest.mark.parametrize(
    ("network", "pointer"),
    [
        ({}, "/step/network/mode"),
        ({"mode": "all"}, "/step/network/mode"),
        ({"mode": "none", "host": "a.example"}, "/step/network/host"),
        ({"mode": "none", "hosts": ["a.example"]}, "/step/network/hosts"),
        ({"mode": "allowlist"}, "/step/network/hosts"),
        ({"mode": "allowlist", "hosts": ["a.example", "0x7f.1"]}, "/step/network/hosts/1"),
        ({"mode": "allowlist", "hosts": [5]}, "/step/network/hosts/0"),
        ({"mode": "open", "ports": [443, 70_000]}, "/step/network/ports/1"),
        ({"mode": "open", "ports": "443"}, "/step/network/ports"),
        ("open", "/step/network"),
        ([], "/step/network"),
    ],
)
def test_a_mistake_is_pointed_at(network: Any, pointer: str) -> None:
    (detail,) = mistake_in(network).details

    assert detail.pointer == pointer


@pytest.mark.parametrize(
    ("most", "wider"),
    [("none", {"mode": "allowlist", "hosts": ["a.example"]}), ("allowlist", {"mode": "open"})],
)
def test_more_than_the_operator_allows_is_an_error_that_names_the_setting(
    most: Any, wider: Any
) -> None:
    error = mistake_in(wider, a_profile().with_network_up_to(most))

    assert error.details[0].pointer == "/step/network/mode"
    assert "egress.most" in error.message


def test_a_profile_that_has_more_than_the_operator_allows_has_nothing() -> None:
    assert network_of(None, a_profile().with_network_up_to("allowlist")) == NO_NETWORK


def test_a_profile_that_has_less_keeps_it() -> None:
    listed = read_policy("allowlist", ["a.example"])

    assert a_profile(network=listed).with_network_up_to("allowlist").network == listed


def test_a_check_looks_at_the_network_as_a_run_does() -> None:
    step = {"statement": "return []", "network": {"mode": "all"}}

    with pytest.raises(InvalidRequest) as caught:
        decode_check(json.dumps({"step": step}).encode(), {"processor": a_profile()})

    assert caught.value.details[0].pointer == "/step/network/mode"
