"""A profile: a named template of environment, limits and policies of one product."""

from dataclasses import dataclass, replace

from processor.egress import NO_NETWORK, Mode, Policy, is_wider

from .runtimes import RuntimeName
from .spec import Dialect, Limits, TypeHints


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What a step gets where it says nothing, and how much more it may ask for."""

    name: str
    environment: str
    dialect: Dialect
    type_hints: TypeHints
    network: Policy
    widest_network: Mode = "open"
    """The most that a step may ask for."""
    defaults: Limits
    ceilings: Limits
    statement_bytes: int
    runtime: RuntimeName = "forked"
    forked_environment: str | None = None
    """Where statements run that ask for the forked runtime; None for the profile's own."""

    def with_network_up_to(self, most: Mode) -> "Profile":
        """Give the profile where no step has more of the network than the operator allows."""
        network = NO_NETWORK if is_wider(self.network.mode, most) else self.network
        return replace(self, network=network, widest_network=most)
