"""Alembic's entry: the connection comes from the service, or from the command line of a developer.

A developer makes a revision with
`alembic -c tui_call/service/database/migrations/alembic.ini revision --autogenerate -m "…"`.
"""

from alembic import context
from sqlalchemy import Connection, create_engine

from tui_call.service.database.tables import metadata


def migrate(connection: Connection) -> None:
    """Run the migrations that are due."""
    # SQLite cannot alter most of a table: batch mode copies it.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url", "")).begin() as own:
        migrate(own)
