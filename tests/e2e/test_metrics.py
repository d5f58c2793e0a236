"""The metrics of a live service, held against the page that lists them."""

import re
import urllib.request
from pathlib import Path

from tests.served import Served, a_step
from tests.test_docs import cells

PAGE = Path(__file__).parents[2] / "docs/operating/metrics.md"


def scraped(service: Served, accept: str = "text/plain") -> str:
    url = f"http://127.0.0.1:{service.port}/metrics"
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def listed() -> dict[str, tuple[str, str]]:
    """Give type and meaning of each metric, as the page has them."""
    rows = [cells(line) for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return {name: (kind, meaning) for name, kind, _, meaning in rows}


def test_the_page_lists_every_metric_of_a_live_service_and_no_other(service: Served) -> None:
    text = scraped(service)
    kinds = dict(re.findall(r"^# TYPE (processor_\S+) (\S+)$", text, re.MULTILINE))
    meanings = dict(re.findall(r"^# HELP (processor_\S+) (.*)$", text, re.MULTILINE))

    assert {name: (kinds[name], meanings[name]) for name in kinds} == listed()


def test_the_page_names_every_label_that_is_told(service: Served) -> None:
    service.run(a_step("raise ValueError"))
    service.run(a_step("return [{'x': 1}]"))
    rows = [cells(line) for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    labels = {name: set(re.findall(r"\w+", told)) for name, _, told, _ in rows}
    samples = re.findall(r"^(processor_\w+?)(?:_count)?\{(.*?)\} ", scraped(service), re.MULTILINE)

    told = {
        name: set(re.findall(r'(\w+)="', found))
        for name, found in samples
        if not name.endswith(("_bucket", "_sum"))
    }
    assert told
    assert told == {name: labels[name] for name in told}


def test_a_run_is_told_with_its_trace_to_who_reads_openmetrics(service: Served) -> None:
    run = service.run(a_step("return [{'x': 1}]"))

    text = scraped(service, "application/openmetrics-text; version=1.0.0")

    assert f'trace_id="{run["trace_id"]}"' in text
    assert text.endswith("# EOF\n")


def test_a_step_s_id_and_its_text_are_in_no_metric(service: Served) -> None:
    service.run(a_step("return [{'x': 1}]", id="step-of-4711"))
    service.run(a_step("raise ValueError('text-of-4711')"))

    assert "4711" not in scraped(service)


def test_an_answer_names_its_trace(service: Served) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

    answer = service.request("GET", "/livez", headers={"traceparent": parent})

    found = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-00", answer.headers["traceparent"])
    assert found is not None
    assert found[1] == "0af7651916cd43dd8448eb211c80319c"
    assert found[2] != "b7ad6b7169203331"
