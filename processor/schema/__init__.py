"""The shape of rows: schemas, their spellings, and rows held against them."""

from .coerce import coerced
from .folder import FolderSchemas
from .mend import OnMismatch, require_mendable
from .read import read_schema, require_column
from .repository import Repository, usable, written
from .schema import Checked, Schema, SchemaDocuments
from .unreadable import unreadable_inputs
from .validate import check_result, check_rows

__all__ = [
    "Checked",
    "FolderSchemas",
    "OnMismatch",
    "Repository",
    "Schema",
    "SchemaDocuments",
    "check_result",
    "check_rows",
    "coerced",
    "read_schema",
    "require_column",
    "require_mendable",
    "unreadable_inputs",
    "usable",
    "written",
]
