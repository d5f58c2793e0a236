"""The shape of rows: schemas, their two spellings, and rows held against them."""

from .schema import Checked, Column, Schema, SchemaDocuments

__all__ = ["Checked", "Column", "Schema", "SchemaDocuments"]
