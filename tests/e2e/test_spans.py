"""A live service that is told where its spans go."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.served import a_step, served


class Collector(HTTPServer):
    """Takes spans in, as a collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.names: list[str] = []


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent = ExportTraceServiceRequest.FromString(
            self.rfile.read(int(self.headers["Content-Length"]))
        )
        scopes = [scope for each in sent.resource_spans for scope in each.scope_spans]
        assert isinstance(self.server, Collector)
        self.server.names += [span.name for scope in scopes for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


def test_what_is_traced_has_reached_the_collector_once_the_service_has_ended(
    collector: Collector, tmp_path: Path
) -> None:
    config = tmp_path / "processor.toml"
    config.write_text(f'traces_to = "http://127.0.0.1:{collector.server_port}/v1/traces"\n')

    with served(tmp_path / "data", config=config) as service:
        run = service.run(a_step("return [{'x': 1}]"))

    assert run["state"] == "succeeded"
    assert {"POST /v1/runs", "run", "execute"} <= set(collector.names)
