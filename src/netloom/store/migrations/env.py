"""Run by Alembic: migrates over the connection (and in the transaction) that the caller holds."""

from __future__ import annotations

from alembic import context

from netloom.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters tables by rebuilding them
    transactional_ddl=True,
)
context.run_migrations()
