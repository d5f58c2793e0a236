"""The policy in force: what statements may do here, and where each rule comes from."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from processor.config import Settings, flat_settings
from processor.egress import Policy
from processor.errors import EnvironmentNotReady
from processor.step import Profile
from processor.values import Json

from .processor import Processor
from .settled import least_level

MANIFEST: Final = "connector_manifest.json"
BY_TRYING: Final = "tried at start and every ten minutes"
_SHOWN: Final = ("limits.", "egress.most", "egress.private_ranges", "egress.run_bytes", "retention")
"""Of the settings: those that bound what statements do; none that tells of the machine."""


def policy(processor: Processor, settings: Settings, sources: Mapping[str, str]) -> dict[str, Json]:
    """Give the policy as it is now; `sources` tells where each setting came from."""
    proof = processor.runtime.proof
    least = sources.get("least_isolation", "default")
    return {
        "profiles": [_profile(each, sources) for each in processor.profiles.values()],
        "environments": [*_environments(processor)],
        "settings": [*_settings(settings, sources)],
        "isolation": {
            "least": {"level": least_level(settings), "source": least},
            "in_force": dict(proof.told()) if proof else None,
            "source": BY_TRYING,
        },
    }


def _profile(profile: Profile, sources: Mapping[str, str]) -> dict[str, Json]:
    return {
        "name": profile.name,
        "environment": profile.environment,
        "dialect": profile.dialect,
        "runtime": profile.runtime,
        "type_hints": profile.type_hints,
        "limits": {
            "statement_bytes": profile.statement_bytes,
            "defaults": {**profile.defaults.on_the_wire()},
            "ceilings": {**profile.ceilings.on_the_wire()},
            "source": MANIFEST,
        },
        "network": {
            "default": _network(profile.network),
            "most": profile.widest_network,
            "source": f"{MANIFEST}, at most egress.most ({sources.get('egress.most', 'default')})",
        },
    }


def _network(network: Policy) -> dict[str, Json]:
    ports: Json = None if network.ports is None else [*network.ports]
    return {"mode": network.mode, "hosts": [*network.hosts], "ports": ports}


def _environments(processor: Processor) -> Iterator[dict[str, Json]]:
    manifest = processor.manifest
    for name, imports in manifest.allowed_imports.items():
        pins: list[Json] = [
            {"name": package.name, "version": package.version}
            for package in manifest.packages.get(name, ())
        ]
        yield {
            "name": name,
            "digest": _digest(processor, name),
            "allowed_imports": [*imports],
            "packages": pins,
            "source": MANIFEST,
        }


def _digest(processor: Processor, name: str) -> str | None:
    """Give what tells the built environment from every other; None where it is not built."""
    try:
        return processor.environments.get(name).digest
    except EnvironmentNotReady:
        return None


def _settings(settings: Settings, sources: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for key, value in flat_settings(settings):
        if key.startswith(_SHOWN):
            yield {"key": key, "value": value, "source": sources.get(key, "default")}
