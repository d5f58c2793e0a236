"""The fixture of every test at the door."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.door import Door, opened


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door
