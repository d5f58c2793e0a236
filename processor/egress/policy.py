"""What a step's statement may reach, as a value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from .names import Host, matches, read_pattern

Mode: TypeAlias = Literal["none", "allowlist", "open"]
MODES: Final[tuple[Mode, ...]] = ("none", "allowlist", "open")
"""From the narrowest to the widest."""

WEB_PORTS: Final = (80, 443)
FIRST_FREE_PORT: Final = 1024
LAST_PORT: Final = 65_535
MAIL_PORT: Final = 25
"""Between mail servers: nobody's step sends mail that way, and spam goes no other."""
MOST_HOSTS: Final = 100
MOST_PORTS: Final = 16


class BadPolicy(ValueError):
    """A policy says what it cannot; `where` is the member, and perhaps its index, as a pointer."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """
    Which hosts may be reached on which ports. Read it through `read_policy`.

    >>> read_policy("allowlist", ["*.example.com"]).why_refused("example.com", 443)
    "example.com is not among the step's hosts"
    """

    mode: Mode
    hosts: tuple[str, ...] = ()
    """Of an allowlist: names, `*.` and a name, or addresses."""
    ports: tuple[int, ...] | None = None
    """None for the web's ports and, in mode `open`, all from 1024 on."""

    def why_refused(self, host: Host, port: int) -> str | None:
        """Say why a host and port may not be reached, as far as their names tell."""
        if not self._has_port(port):
            return f"port {port} is not among the step's ports"
        match self.mode:
            case "none":
                return "the step has no network"
            case "open":
                return None if isinstance(host, str) else f"{host} is an address, not a name"
            case "allowlist":
                listed = any(matches(host, pattern) for pattern in self.hosts)
                return None if listed else f"{host} is not among the step's hosts"

    def _has_port(self, port: int) -> bool:
        if self.ports is not None:
            return port in self.ports
        return port in WEB_PORTS or (self.mode == "open" and port >= FIRST_FREE_PORT)


NO_NETWORK: Final = Policy(mode="none")
OPEN: Final = Policy(mode="open")


def read_policy(
    mode: Mode, hosts: Iterable[str] | None = None, ports: Iterable[int] | None = None
) -> Policy:
    """Read a policy as a step or a manifest writes it; raises BadPolicy."""
    if (mode == "allowlist") is not bool(hosts):
        raise BadPolicy("/hosts", "mode `allowlist`, and no other, names the hosts that it allows")
    if mode == "none" and ports is not None:
        raise BadPolicy("/ports", "mode `none` has no ports")
    return Policy(
        mode=mode,
        hosts=tuple(_read_hosts(tuple(hosts or ()))),
        ports=None if ports is None else _read_ports(tuple(ports)),
    )


def is_wider(mode: Mode, than: Mode) -> bool:
    """Tell whether a mode lets more through than another."""
    return MODES.index(mode) > MODES.index(than)


def _read_hosts(hosts: tuple[str, ...]) -> Iterable[str]:
    if len(hosts) > MOST_HOSTS:
        raise BadPolicy("/hosts", f"{len(hosts)} hosts, {MOST_HOSTS} are allowed")
    for index, host in enumerate(hosts):
        try:
            yield read_pattern(host)
        except ValueError as error:
            raise BadPolicy(f"/hosts/{index}", f"{host[:80]!r} is {error}") from None


def _read_ports(ports: tuple[int, ...]) -> tuple[int, ...]:
    if not 0 < len(ports) <= MOST_PORTS:
        raise BadPolicy("/ports", f"{len(ports)} ports, 1 to {MOST_PORTS} are allowed")
    for index, port in enumerate(ports):
        if not 0 < port <= LAST_PORT or port == MAIL_PORT:
            raise BadPolicy(f"/ports/{index}", f"{port} is no port that can be allowed")
    return ports
