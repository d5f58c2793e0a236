"""
What machines, workers and one database carry together, and what saturates first: a simulation.

    scripts/capacity.py [--machines 4] [--cores 2] [--deferred 0.5] [--rate 200] [--run-ms 15.7] …

Requests come at random moments. Each passes the event loop of a service, then a core of a machine
for as long as a run takes of it, and the database for each of its transactions. Whoever finds all
servers of a station taken waits in order. What a run costs is a number of `make bench` (cores over
runs a second, rows 4 and 5); what a transaction costs is of the database that is there.
"""

import argparse
import heapq
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WARM_UP: Final = 0.2
"""The share of requests at the beginning that is not counted: the queues are empty then."""
NEARLY: Final = 0.95
"""As busy a station is saturated: what comes more only waits longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Station:
    """Something that does one thing at a time, several times over."""

    name: str
    servers: int
    seconds: float
    """What one request takes of one server, on average, each time that it passes."""
    passes: float = 1.0
    """How often a request passes, on average."""

    @property
    def most(self) -> float:
        """Requests a second that it carries at most."""
        demand = self.seconds * self.passes
        return self.servers / demand if demand else float("inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What came of a simulation; seconds, and requests a second."""

    rate: float
    p50: float
    p99: float
    busy: dict[str, float]
    """The share of its time that each station's servers work."""


def bottleneck(stations: Sequence[Station]) -> Station:
    """Give what saturates first."""
    return min(stations, key=lambda each: each.most)


def simulate(stations: Sequence[Station], rate: float, requests: int, seed: int = 1) -> Seen:
    """Let requests come at a rate and pass every station in turn."""
    chance = random.Random(seed)  # noqa: S311 (nothing is kept secret by it)
    began, now = [], 0.0
    for _ in range(requests):
        now += chance.expovariate(rate)
        began.append(now)
    worked = dict.fromkeys((each.name for each in stations), 0.0)
    ended = _ends(stations, began, worked, chance)
    long = max(ended)
    counted = sorted(
        end - begin
        for begin, end in list(zip(began, ended, strict=True))[int(requests * WARM_UP) :]
    )
    return Seen(
        rate=requests / long,
        p50=counted[len(counted) // 2],
        p99=counted[int(len(counted) * 0.99)],
        busy={each.name: worked[each.name] / (long * each.servers) for each in stations},
    )


def _ends(
    stations: Sequence[Station],
    began: Sequence[float],
    worked: dict[str, float],
    chance: random.Random,
) -> list[float]:
    """Give when each request has passed everything, and add up what each station has worked."""
    ways = [_way(stations, chance) for _ in began]
    free = {each.name: [0.0] * each.servers for each in stations}
    ended = list(began)
    events = [(moment, number, 0) for number, moment in enumerate(began)]  # sorted, so a heap
    while events:
        now, number, step = heapq.heappop(events)
        if step == len(ways[number]):
            ended[number] = now
            continue
        station = ways[number][step]
        takes = chance.expovariate(1 / station.seconds) if station.seconds else 0.0
        worked[station.name] += takes
        done = max(heapq.heappop(free[station.name]), now) + takes
        heapq.heappush(free[station.name], done)
        heapq.heappush(events, (done, number, step + 1))
    return ended


def _way(stations: Sequence[Station], chance: random.Random) -> list[Station]:
    """Give what one request passes; a station as often as it does on average."""
    way = []
    for each in stations:
        part = each.passes - int(each.passes)
        way += [each] * (int(each.passes) + (chance.random() < part))
    return way


def layout(told: argparse.Namespace) -> list[Station]:
    """Give the stations of services, workers and a database, as the command line has them."""
    transactions = 2 + told.deferred  # a claim and a commit; a deferred run is submitted before
    return [
        Station(name="event loops", servers=told.machines, seconds=told.loop_ms / 1000),
        Station(name="cores", servers=told.machines * told.cores, seconds=told.run_ms / 1000),
        Station(
            name="database",
            servers=told.connections,
            seconds=told.transaction_ms / 1000,
            passes=transactions,
        ),
    ]


def main() -> int:
    """Print what the machines carry, at some rates up to the most."""
    told = _understood().parse_args()
    stations = layout(told)
    first = bottleneck(stations)
    for each in stations:
        print(f"{each.name:12} {each.servers:4} servers {each.most:10.0f} requests/s at most")
    print(f"{first.name} saturate first\n\n  rate/s    p50 ms    p99 ms  busiest")
    for share in (0.25, 0.5, 0.75, 0.9, 0.98):
        seen = simulate(stations, told.rate or first.most * share, told.requests)
        name, busy = max(seen.busy.items(), key=lambda each: each[1])
        print(f"{seen.rate:8.0f} {seen.p50 * 1e3:9.1f} {seen.p99 * 1e3:9.1f}  {name} {busy:.0%}")
        if told.rate:
            return 0 if busy < NEARLY else 1
    return 0


def _understood() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--machines", type=int, default=1, help="with a service or a worker each")
    parser.add_argument("--cores", type=int, default=2, help="of each machine")
    parser.add_argument("--run-ms", type=float, default=15.7, help="of a core that a run takes")
    parser.add_argument("--loop-ms", type=float, default=2.0, help="of an event loop")
    parser.add_argument("--deferred", type=float, default=0.5, help="share of deferred runs")
    parser.add_argument("--transaction-ms", type=float, default=2.0, help="of the database")
    parser.add_argument("--connections", type=int, default=8, help="that the database works on")
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second, and no other")
    parser.add_argument("--requests", type=int, default=20_000)
    return parser


if __name__ == "__main__":
    sys.exit(main())
