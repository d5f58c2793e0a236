"""Everything copied to where any user may read it, once."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .places import Places, copied


@pytest.fixture(scope="session")
def places() -> Iterator[Places]:
    with TemporaryDirectory() as name:
        copy = copied(Path(name))
        yield copy
        copy.close()
