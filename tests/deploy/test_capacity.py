"""The simulation of what machines carry, held against what is known of queues."""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/capacity.py"
CAPACITY = runpy.run_path(str(SCRIPT))
REQUESTS = 20_000


def a_station(name: str = "one", **members: Any) -> Any:
    return CAPACITY["Station"](**{"name": name, "servers": 1, "seconds": 0.01, **members})


def simulated(*stations: Any, rate: float) -> Any:
    return CAPACITY["simulate"](stations, rate, REQUESTS)


@pytest.mark.parametrize("load", [0.2, 0.5, 0.8])
def test_a_single_server_is_as_busy_as_what_comes_to_it(load: float) -> None:
    seen = simulated(a_station(), rate=100 * load)

    assert seen.busy["one"] == pytest.approx(load, abs=0.03)


def test_a_single_server_keeps_requests_as_long_as_the_theory_of_queues_says() -> None:
    seen = simulated(a_station(), rate=50)

    # times in an M/M/1 queue are exponential, with a mean of 1 / (100 - 50) seconds
    assert seen.p50 == pytest.approx(0.6931 / 50, rel=0.1)
    assert seen.p99 == pytest.approx(4.605 / 50, rel=0.15)


def test_nothing_carries_more_than_what_saturates_first() -> None:
    slow, fast = a_station("slow", servers=2, seconds=0.02), a_station("fast", seconds=0.002)

    seen = simulated(fast, slow, rate=10_000)

    assert CAPACITY["bottleneck"]([fast, slow]) == slow
    assert seen.rate == pytest.approx(slow.most, rel=0.03)


def test_a_station_that_is_passed_several_times_carries_as_much_less() -> None:
    station = a_station(passes=2.5)

    assert station.most == pytest.approx(40)
    assert simulated(station, rate=10_000).rate == pytest.approx(40, rel=0.03)


def test_more_machines_help_until_the_database_is_full() -> None:
    database = a_station("database", servers=8, seconds=0.002, passes=2.5)
    rates = [
        CAPACITY["bottleneck"]([a_station("cores", servers=2 * machines), database]).most
        for machines in (1, 4, 8, 16)
    ]

    assert rates == [200, 800, 1600, 1600]


def test_the_command_says_what_saturates_first() -> None:
    asked = [sys.executable, str(SCRIPT), "--machines", "16", "--requests", "500"]

    said = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=30).stdout

    assert "database saturate first" in said


def test_the_command_ends_with_1_where_a_rate_is_too_much() -> None:
    asked = [sys.executable, str(SCRIPT), "--rate", "500", "--requests", "2000"]

    assert subprocess.run(asked, check=False, capture_output=True, timeout=30).returncode == 1
