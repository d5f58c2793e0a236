"""How much of the network one run may use."""

from dataclasses import dataclass, field

from .refused import Refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What a run's connections may use together, and how long each may take."""

    bytes_moved: int = 1 << 30
    """As read from either side, heads of requests and answers included."""
    connections: int = 32
    """At a time."""
    requests: int = 10_000
    """Tunnels and plain requests, those that are refused included."""
    lookups: int = 2
    """Names that are resolved at a time: a slow one holds up no other run."""
    head_seconds: float = 20.0
    """From a connection, or the last answer on it, to a whole head of a request."""
    resolve_seconds: float = 10.0
    connect_seconds: float = 10.0
    """For each address of a name, of which at most `addresses` are tried."""
    addresses: int = 4
    idle_seconds: float = 600.0
    """Without a byte in either direction; a model may think for minutes before it answers."""


@dataclass(slots=True)
class Meter:
    """What a run has used of its budget."""

    budget: Budget
    moved: int = field(default=0, init=False)
    requests: int = field(default=0, init=False)

    def move(self, count: int) -> None:
        """Count bytes; raises Refused once the budget for them is spent."""
        self.moved += count
        if self.moved > self.budget.bytes_moved:
            most = f"{self.budget.bytes_moved:,}"
            raise Refused("budget", f"the run has moved more than {most} bytes (egress.run_bytes)")

    def request(self) -> None:
        """Count a request; raises Refused once the budget for them is spent."""
        self.requests += 1
        if self.requests > self.budget.requests:
            raise Refused("budget", f"the run has made more than {self.budget.requests:,} requests")
