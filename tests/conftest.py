"""Fixtures that tests of more than one folder share."""

import os
from collections.abc import Generator, Iterator

import pytest

from tests import database
from tests.database import Server
from tests.served import Served, served


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One real service for every test that does not end it."""
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    """One PostgreSQL server for every test that does not end it."""
    with database.served() as server:
        yield server


@pytest.fixture
def database_url(database_server: Server) -> str:
    """A database of the test's own, with all tables."""
    return database_server.database()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a skip as a failure where `CI=true`: it would hide a gap."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
    return report
