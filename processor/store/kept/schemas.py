"""The repository of schemas."""

import msgspec

from processor.step import SchemaName
from processor.values import Json

from .tenants import Tenanted


class KeptSchemas(Tenanted):
    """Satisfies SchemaDocuments: by name, as they were written."""

    async def get(self, name: SchemaName) -> dict[str, Json] | None:
        """Give the schema of that name as it was written, or None."""
        row = await self._database.read(lambda reading: reading.one("find_schema", name=name))
        if row is None:
            return None
        document: dict[str, Json] = msgspec.json.decode(row["document"])
        return document

    async def put(self, name: SchemaName, document: dict[str, Json]) -> None:
        """Keep a schema under a name, in place of an earlier one."""
        encoded = msgspec.json.encode(document)
        await self._database.write(
            lambda putting: putting.change("put_schema", name=name, document=encoded)
        )
