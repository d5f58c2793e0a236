"""The alerts and the dashboard: whatever they ask for is told by the service."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import promql_parser
import pytest

from tests.test_docs import cells

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES = msgspec.yaml.decode((DEPLOY / "prometheus/alerts.yaml").read_bytes())["groups"][0]["rules"]
DASHBOARD = json.loads((DEPLOY / "grafana/dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
NOT_OURS = {"up"}
NUMBER = re.compile(r"\$__rate_interval")


def listed() -> dict[str, set[str]]:
    """Give every series that the page of metrics lists, with its labels."""
    page = (ROOT / "docs/operating/metrics.md").read_text()
    series = {}
    for name, kind, labels, _ in (cells(line) for line in page.splitlines() if line[:3] == "| `"):
        found = set(re.findall(r"\w+", labels)) | {"instance", "job"}
        for suffix in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            series[name + suffix] = found | ({"le"} if suffix == "_bucket" else set())
    return series


LISTED = listed()


def selectors(query: str) -> Iterator[Any]:
    """Give what a query takes from Prometheus; raises ValueError where it is none."""
    pending = [promql_parser.parse(NUMBER.sub("1m", query))]
    while pending:
        found = pending.pop()
        if isinstance(found, promql_parser.VectorSelector):
            yield found
        below = ("lhs", "rhs", "expr", "vector_selector", "args", "param")
        for name in below:
            inner = getattr(found, name, None)
            pending += inner if isinstance(inner, list) else [inner] if inner is not None else []


def queries() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("where", "query"), list(queries()))
def test_a_query_asks_for_what_the_service_tells(where: str, query: str) -> None:
    asked = {found.name for found in selectors(query)} - NOT_OURS

    assert asked or where == "ProcessorDown"
    assert asked <= LISTED.keys()


@pytest.mark.parametrize(("where", "query"), list(queries()))
def test_a_query_matches_labels_that_the_metric_has(where: str, query: str) -> None:
    for found in selectors(query):
        labels = {matcher.name for matcher in found.matchers.matchers}
        assert labels <= LISTED.get(found.name, {"job", "instance"})


def test_a_query_of_a_metric_that_is_not_there_would_be_found() -> None:
    (found,) = selectors("sum by (le) (rate(processor_nothing_total[5m])) > 1")

    assert found.name not in LISTED


def test_every_listed_metric_is_shown_or_watched() -> None:
    asked = {found.name for _, query in queries() for found in selectors(query)}
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in LISTED}

    assert shown - bare == set()


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    page = (ROOT / "docs/operating/runbooks.md").read_text()

    assert re.findall(r"^## (Processor\w+)$", page, re.MULTILINE) == [
        rule["alert"] for rule in RULES
    ]


def test_every_alert_says_how_bad_it_is_and_what_is_seen() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


def test_panels_have_a_number_each_and_do_not_overlap() -> None:
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    taken = [
        (column, line)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for column in range(place["x"], place["x"] + place["w"])
        for line in range(place["y"], place["y"] + place["h"])
    ]

    assert len(numbers) == len(set(numbers))
    assert len(taken) == len(set(taken))
    assert max(column for column, _ in taken) < 24
