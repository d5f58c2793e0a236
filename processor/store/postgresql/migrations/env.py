"""What Alembic runs to migrate, on a connection and in a transaction of its caller."""

from alembic import context


def migrate() -> None:
    """Run the migrations that the database lacks."""
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


# Alembic loads this file under that name; to import it does nothing.
if __name__ == "env_py":
    migrate()
