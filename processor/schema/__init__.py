"""The shape of rows: schemas, their spellings, and rows held against them."""

from .folder import FolderSchemas
from .read import read_schema, require_column
from .repository import Repository, written
from .schema import Checked, Schema, SchemaDocuments
from .validate import check_rows

__all__ = [
    "Checked",
    "FolderSchemas",
    "Repository",
    "Schema",
    "SchemaDocuments",
    "check_rows",
    "read_schema",
    "require_column",
    "written",
]
