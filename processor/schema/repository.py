"""The repository that steps choose from: what was sent to the service, above what ships with it."""

from dataclasses import dataclass, replace
from typing import Final

from processor.errors import Detail, InvalidSchema, UnknownSchema
from processor.identity import Tenant
from processor.step import SchemaName, SchemaSource
from processor.values import Json

from .folder import FolderSchemas
from .read import read_schema
from .schema import Schema, SchemaDocuments

ANY_ROWS: Final[dict[str, Json]] = {"type": "array"}
"""The schema of a step that names none: it accepts whatever rows there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """Satisfies SchemaDocuments; what ships is every tenant's."""

    kept: SchemaDocuments
    shipped: FolderSchemas

    def of(self, tenant: Tenant) -> "Repository":
        """See SchemaDocuments."""
        return replace(self, kept=self.kept.of(tenant))

    async def get(self, name: SchemaName) -> dict[str, Json] | None:
        """See SchemaDocuments."""
        return await self.kept.get(name) or await self.shipped.get(name)

    async def put(self, name: SchemaName, document: dict[str, Json]) -> None:
        """See SchemaDocuments."""
        await self.kept.put(name, document)


async def written(
    source: SchemaSource | None, documents: SchemaDocuments, pointer: str
) -> dict[str, Json]:
    """Give a schema as it was written; raises UnknownSchema at `pointer` for an unknown name."""
    if source is None:
        return ANY_ROWS
    if isinstance(source, dict):
        return source
    document = await documents.get(source)
    if document is None:
        message = f"no schema of the name {source!r:.140} is in the repository"
        raise UnknownSchema(message, details=(Detail(pointer, message),))
    return document


async def usable(
    source: SchemaSource | None, documents: SchemaDocuments, pointer: str
) -> Schema | None:
    """
    Give a schema to read rows by, or None where none is named or it cannot be used.

    A schema that cannot be used ends the run itself, which tells it better than a reader of rows.
    Raises UnknownSchema at `pointer` for an unknown name.
    """
    if source is None:
        return None
    document = await written(source, documents, pointer)
    try:
        return read_schema(document)
    except InvalidSchema:
        return None
