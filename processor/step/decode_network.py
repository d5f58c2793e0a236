"""A step's network from JSON, within what the operator lets any step have."""

import msgspec

from processor.egress import BadPolicy, Mode, Policy, is_wider, read_policy

from .pointers import refused
from .profile import Profile


class WireNetwork(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A network as callers write it."""

    mode: Mode
    hosts: list[str] | None = None
    ports: list[int] | None = None


def read_network(asked: WireNetwork | None, profile: Profile) -> Policy:
    """Read what a step may reach, the profile's where it says nothing; raises InvalidRequest."""
    if asked is None:
        return profile.network
    try:
        policy = read_policy(asked.mode, asked.hosts, asked.ports)
    except BadPolicy as error:
        raise refused(f"/step/network{error.where}", str(error)) from None
    if is_wider(policy.mode, profile.widest_network):
        most = profile.widest_network
        raise refused("/step/network/mode", f"at most `{most}` is allowed here (egress.most)")
    return policy
