"""
The manifest of a package of nodes, TOML or JSON.

Read as data, and bounded. What a package is granted there becomes members of a step, in the words
in which every step says it.
"""

import tomllib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from processor.egress import BadPolicy, Policy, read_policy
from processor.errors import Detail, InvalidRequest, TooLarge

from .decode_node import tier_limits
from .node_package import NodePackage
from .pointers import decoded, refused

WHERE: Final = "/manifest"
LONGEST: Final = 64 << 10
MOST_NODES: Final = 200


class _Network(msgspec.Struct):
    http_enabled: bool = False
    allowed_hosts: list[str] = []
    websocket_enabled: bool = False


class _Filesystem(msgspec.Struct):
    node_storage: bool = False
    user_storage: bool = False
    upload_dir: bool = False
    cache_dir: bool = False


class _Scope(msgspec.Struct):
    provider: str


class _Permissions(msgspec.Struct):
    memory: str = "standard"
    timeout: str = "standard"
    variables: bool = False
    cache: bool = False
    streaming: bool = False
    models: bool = False
    a2ui: bool = False
    network: _Network = msgspec.field(default_factory=_Network)
    filesystem: _Filesystem = msgspec.field(default_factory=_Filesystem)
    oauth_scopes: list[_Scope] = []


class _Node(msgspec.Struct):
    id: str
    oauth_providers: list[str] = []


class _Manifest(msgspec.Struct):
    manifest_version: int = 1
    id: str = ""
    name: str = ""
    version: str = ""
    description: str = ""
    permissions: _Permissions = msgspec.field(default_factory=_Permissions)
    nodes: list[_Node] = []


def read_package(text: str) -> NodePackage:
    """Read a manifest, TOML or JSON; raises InvalidRequest, TooLarge."""
    if len(text) > LONGEST:
        message = f"a manifest has at most {LONGEST:,} characters, this one {len(text):,}"
        raise TooLarge(message, details=(Detail(WHERE, message),))
    manifest: _Manifest = decoded(_as_json(text), _Manifest, below=WHERE)
    for problem in _problems(manifest):
        raise problem
    granted = manifest.permissions
    _require_tiers(granted)
    return NodePackage(
        id=manifest.id,
        name=manifest.name,
        version=manifest.version,
        description=manifest.description,
        nodes=tuple(node.id for node in manifest.nodes),
        memory=granted.memory,
        timeout=granted.timeout,
        permissions=tuple(_names(granted)),
        network=_network(granted.network),
    )


def _require_tiers(granted: _Permissions) -> None:
    """Hold both tiers to be ones that there are; raises InvalidRequest at the manifest's member."""
    for member, tier in (("memory", granted.memory), ("timeout", granted.timeout)):
        try:
            tier_limits(tier)
        except InvalidRequest as error:
            message = error.details[0].message
            raise refused(f"{WHERE}/permissions/{member}", message) from None


def _as_json(text: str) -> bytes:
    if text.lstrip().startswith("{"):
        return text.encode(errors="replace")
    try:
        return msgspec.json.encode(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refused(WHERE, f"it is no TOML: {error}") from None


def _problems(manifest: _Manifest) -> Iterator[InvalidRequest]:
    if manifest.manifest_version != 1:
        yield refused(f"{WHERE}/manifest_version", "only version 1 is known")
    for member, what in (("id", "ID"), ("name", "name"), ("version", "version")):
        if not getattr(manifest, member).strip():
            yield refused(f"{WHERE}/{member}", f"Package {what} is required")
    if not manifest.nodes:
        yield refused(f"{WHERE}/nodes", "Package must contain at least one node")
    if len(manifest.nodes) > MOST_NODES:
        yield refused(f"{WHERE}/nodes", f"a package has at most {MOST_NODES} nodes")
    declared = {scope.provider for scope in manifest.permissions.oauth_scopes}
    for number, node in enumerate(manifest.nodes):
        for provider in set(node.oauth_providers) - declared:
            message = (
                f"Node {node.id!r} references OAuth provider {provider!r} not declared in package "
                "permissions"
            )
            yield refused(f"{WHERE}/nodes/{number}/oauth_providers", message)


def _names(granted: _Permissions) -> Iterator[str]:
    """Name what is granted, as a step's options do."""
    for name in ("variables", "cache", "streaming", "models", "a2ui"):
        if getattr(granted, name):
            yield name
    named: tuple[tuple[Any, str], ...] = (
        (granted.network.http_enabled, "network:http"),
        (granted.network.websocket_enabled, "network:websocket"),
        (granted.filesystem.node_storage, "storage:node"),
        (granted.filesystem.user_storage, "storage:user"),
        (granted.filesystem.upload_dir, "storage:read"),
        (granted.filesystem.cache_dir, "storage:write"),
        (granted.oauth_scopes, "oauth"),
    )
    yield from (name for is_granted, name in named if is_granted)


def _network(granted: _Network) -> Policy:
    if not granted.http_enabled:
        return read_policy("none")
    if not granted.allowed_hosts:
        return read_policy("open")
    try:
        return read_policy("allowlist", granted.allowed_hosts)
    except BadPolicy as error:
        place = error.where.replace("/hosts", "/allowed_hosts", 1)
        raise refused(f"{WHERE}/permissions/network{place}", str(error)) from None
