"""Schemas that ship as files."""

from pathlib import Path

import pytest

from processor.errors import ProcessorFault
from processor.schema import FolderSchemas
from processor.step import SchemaName

ORDERS = b'{"columns": [{"name": "id", "type": "Integer"}]}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "orders.v1.json").write_bytes(ORDERS)
    (tmp_path / "secret.json").write_bytes(b'{"secret": true}')
    return folder


async def test_a_schema_is_given_as_it_was_written(folder: Path) -> None:
    found = await FolderSchemas(folder).get(SchemaName("orders.v1"))

    assert found == {"columns": [{"name": "id", "type": "Integer"}]}


@pytest.mark.parametrize(
    "name",
    ["", "unknown", "../secret", "..", ".", "/etc/passwd", "a/../orders.v1", "orders.v1\n",
     "orders.v1\0", "ORDERS.V2", "a" * 129, "ä", "-orders"],
)  # fmt: skip
async def test_another_name_gives_none(folder: Path, name: str) -> None:
    assert await FolderSchemas(folder).get(SchemaName(name)) is None


async def test_a_link_out_of_the_folder_gives_none(folder: Path) -> None:
    (folder / "link.json").symlink_to(folder.parent / "secret.json")

    assert await FolderSchemas(folder).get(SchemaName("link")) is None


async def test_a_link_inside_the_folder_is_followed(folder: Path) -> None:
    (folder / "latest.json").symlink_to(folder / "orders.v1.json")

    assert await FolderSchemas(folder).get(SchemaName("latest")) is not None


async def test_a_folder_is_no_schema(folder: Path) -> None:
    (folder / "inner.json").mkdir()

    assert await FolderSchemas(folder).get(SchemaName("inner")) is None


async def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert await FolderSchemas(tmp_path / "none").get(SchemaName("orders")) is None


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b"[" * 100_000])
async def test_a_shipped_file_that_is_no_object_is_our_fault(folder: Path, content: bytes) -> None:
    (folder / "bad.json").write_bytes(content)

    with pytest.raises(ProcessorFault, match="the schema bad that ships is no JSON"):
        await FolderSchemas(folder).get(SchemaName("bad"))
