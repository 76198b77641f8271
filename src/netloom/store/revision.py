"""Bringing a database's tables to the revision this code is written for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from netloom.core.errors import StorageFailed
from netloom.store.schema import REVISION

if TYPE_CHECKING:
    from netloom.store.database import Database


def bring_up_to_date(database: Database) -> None:
    """Create or migrate the tables unless they are current; a current database costs two look-ups.

    The migration is one write transaction, so of several processes one migrates and the others find
    the work done.

    Raises:
        StorageFailed: The database has a revision this code does not know.
    """
    with database.reading() as connection:
        if _revision(connection) == REVISION:
            return
    with database.writing() as connection:
        revision = _revision(connection)
        if revision != REVISION:
            _migrate(connection, revision, name=database.name)


def migration_settings(connection: Connection) -> Any:
    """Alembic's configuration for this connection."""
    from alembic.config import Config

    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", _escaped(Path(__file__).parent / "migrations"))
    return settings


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _migrate(connection: Connection, revision: str | None, *, name: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    settings = migration_settings(connection)
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if revision is not None and revision not in known:
        raise StorageFailed.of(
            f"database {name}: it was written by a newer Netloom or by another program",
            expected=f"revision {REVISION} or older",
            got=f"revision {revision}",
            fix="Upgrade Netloom (pip install -U netloom) or choose another database",
        )
    command.upgrade(settings, "head")


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")  # the value passes through ConfigParser interpolation
