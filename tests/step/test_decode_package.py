"""Manifests of packages of nodes: what they grant, in a step's words, and where a mistake is."""

import json
from typing import Any

import pytest

from processor.errors import InvalidRequest, TooLarge
from processor.step.decode_package import read_package

MANIFEST = """
manifest_version = 1
id = "org.example.shout"
name = "Shouting"
version = "1.2.0"
description = "Louder"
keywords = ["text"]

[permissions]
memory = "heavy"
timeout = "quick"
cache = true

[permissions.network]
http_enabled = true
allowed_hosts = ["api.example.com"]

[permissions.filesystem]
node_storage = true

[[nodes]]
id = "shout"
name = "Shout"
description = "Shouts"
category = "Text"
"""


def manifest(**changes: Any) -> str:
    members = {"id": "a.b", "name": "N", "version": "1", "nodes": [{"id": "n"}]}
    return json.dumps({**members, **changes})


def test_a_manifest_is_members_of_a_step() -> None:
    assert read_package(MANIFEST).step() == {
        "profile": "wasm-node",
        "options": {
            "tier": {"memory": "heavy", "timeout": "quick"},
            "permissions": ["cache", "network:http", "storage:node"],
        },
        "network": {"mode": "allowlist", "hosts": ["api.example.com"]},
    }


def test_a_manifest_says_who_the_package_is_and_which_nodes_it_has() -> None:
    package = read_package(MANIFEST)

    assert (package.id, package.name, package.version) == ("org.example.shout", "Shouting", "1.2.0")
    assert package.nodes == ("shout",)


@pytest.mark.parametrize(
    ("network", "step"),
    [
        ({}, {"mode": "none"}),
        ({"allowed_hosts": ["a.example"]}, {"mode": "none"}),
        ({"http_enabled": True}, {"mode": "open"}),
    ],
)
def test_a_manifest_without_http_has_no_network(network: Any, step: Any) -> None:
    assert read_package(manifest(permissions={"network": network})).step()["network"] == step


@pytest.mark.parametrize(
    ("text", "pointer", "words"),
    [
        (manifest(id=" "), "/manifest/id", "Package ID is required"),
        (manifest(name=""), "/manifest/name", "Package name is required"),
        (manifest(version=""), "/manifest/version", "Package version is required"),
        (manifest(nodes=[]), "/manifest/nodes", "Package must contain at least one node"),
        (manifest(manifest_version=2), "/manifest/manifest_version", "only version 1"),
        (manifest(nodes=[{}]), "/manifest/nodes/0/id", "it is missing"),
        (manifest(nodes=[{"id": "n"}] * 201), "/manifest/nodes", "at most 200 nodes"),
        (
            manifest(nodes=[{"id": "n", "oauth_providers": ["g"]}]),
            "/manifest/nodes/0/oauth_providers",
            "Node 'n' references OAuth provider 'g' not declared in package permissions",
        ),
        (
            manifest(permissions={"memory": "huge"}),
            "/manifest/permissions/memory",
            "'huge' is no tier",
        ),
        (
            manifest(permissions={"network": {"http_enabled": True, "allowed_hosts": ["0x7f.1"]}}),
            "/manifest/permissions/network/allowed_hosts/0",
            "an address in a form that is not taken",
        ),
        ("id = = 1", "/manifest", "it is no TOML"),
        ("{", "/manifest", "not JSON"),
        ("a = " + "[" * 5000, "/manifest", "it is no TOML"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, pointer: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_package(text)

    (detail,) = caught.value.details
    assert detail.pointer == pointer
    assert words in detail.message


def test_a_manifest_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooLarge, match="at most 65,536 characters"):
        read_package("#" * 65_537)
