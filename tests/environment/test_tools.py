"""What the programs of a build are told of the service's own environment."""

import pytest

from processor.environment.tools import passed_on


def test_a_build_sees_no_secret_of_the_service() -> None:
    given = {
        "PROCESSOR_STORE": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "PYTHONPATH": "x",
        "PATH": "/bin",
    }

    assert given.keys() & passed_on(given).keys() == {"PATH"}


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "SSL_CERT_FILE", "https_proxy", "NO_PROXY"])
def test_a_build_sees_the_way_to_its_packages(name: str) -> None:
    assert passed_on({name: "x"})[name] == "x"


def test_a_build_never_fetches_an_interpreter() -> None:
    assert passed_on({"UV_PYTHON_DOWNLOADS": "automatic"})["UV_PYTHON_DOWNLOADS"] == "never"
