"""A package of nodes: who it is, what it may do, which nodes it has."""

from dataclasses import dataclass

from processor.egress import Policy
from processor.values import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePackage:
    """A package of nodes as its manifest tells of it."""

    id: str
    name: str
    version: str
    description: str
    nodes: tuple[str, ...]
    """The names of the nodes that it says it has."""
    memory: str
    timeout: str
    """Tiers, by their names."""
    permissions: tuple[str, ...]
    network: Policy

    def step(self) -> dict[str, Json]:
        """Give the members of a step that run its nodes as the manifest grants."""
        return {
            "profile": "wasm-node",
            "options": {
                "tier": {"memory": self.memory, "timeout": self.timeout},
                "permissions": [*self.permissions],
            },
            "network": _on_the_wire(self.network),
        }


def _on_the_wire(network: Policy) -> dict[str, Json]:
    hosts: dict[str, Json] = {"hosts": [*network.hosts]} if network.hosts else {}
    return {"mode": network.mode, **hosts}
