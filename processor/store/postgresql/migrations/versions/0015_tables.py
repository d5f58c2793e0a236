"""All tables, as those of the embedded store are at the same revision."""

from pathlib import Path

from alembic import op

from processor.store.sql import statements

revision = "0015"
down_revision = None


def upgrade() -> None:
    for statement in statements(Path(__file__).with_suffix(".sql").read_text()):
        op.get_bind().exec_driver_sql(statement)
