"""The shape of rows: schemas, their spellings, and rows held against them."""

from .coerce import coerced
from .columns import MOST_COLUMNS, MOST_TABLES
from .dates import as_iso, is_date
from .folder import FolderSchemas
from .mend import OnMismatch, require_mendable
from .read import read_schema, require_column
from .repository import Repository, usable, written
from .schema import Checked, Schema, SchemaDocuments
from .unreadable import unreadable_inputs
from .validate import check_result, check_rows, joined_mismatches, require_few

__all__ = [
    "MOST_COLUMNS",
    "MOST_TABLES",
    "Checked",
    "FolderSchemas",
    "OnMismatch",
    "Repository",
    "Schema",
    "SchemaDocuments",
    "as_iso",
    "check_result",
    "check_rows",
    "coerced",
    "is_date",
    "joined_mismatches",
    "read_schema",
    "require_column",
    "require_few",
    "require_mendable",
    "unreadable_inputs",
    "usable",
    "written",
]
