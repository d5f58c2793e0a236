"""Rounds of the tenants whose jobs wait."""

from pathlib import Path

from alembic import op

from processor.store.sql import statements

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    for statement in statements(Path(__file__).with_suffix(".sql").read_text()):
        op.get_bind().exec_driver_sql(statement)
