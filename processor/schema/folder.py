"""The schemas that ship with the product: a folder of JSON files, one a schema."""

import asyncio
import re
from pathlib import Path
from typing import Final

import msgspec

from processor.errors import ProcessorFault
from processor.step import SchemaName
from processor.values import Json

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class FolderSchemas:
    """Reads `<folder>/<name>.json`; it is for reading only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def get(self, name: SchemaName) -> dict[str, Json] | None:
        """
        Give the schema of that name as it was written, or None where there is none.

        Raises ProcessorFault where its file holds no JSON object: what ships is ours.
        """
        return await asyncio.to_thread(self._get, name)

    def _get(self, name: SchemaName) -> dict[str, Json] | None:
        if _NAME.fullmatch(name) is None:
            return None
        path = (self._folder / f"{name}.json").resolve()
        # A link that leads out of the folder is as unknown as a name that does.
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return None
        try:
            document: Json = msgspec.json.decode(path.read_bytes())
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ProcessorFault(f"the schema {name} that ships is no JSON: {error}") from error
        if not isinstance(document, dict):
            raise ProcessorFault(f"the schema {name} that ships is no JSON object")
        return document
