from __future__ import annotations

import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select

from netloom.core.errors import StorageFailed
from netloom.store import database as database_module
from netloom.store.database import Database, open_database
from netloom.store.revision import migration_settings
from netloom.store.schema import REVISION, dispatch_leases, metadata

ROW = {"name": "dispatcher", "holder": "me", "expires": 1.0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "netloom.db"


@pytest.fixture
def database(path: Path):
    opened = open_database(path)
    yield opened
    opened.close()


def pragma(database: Database, name: str) -> object:
    with database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_new_database_has_every_table_and_waits_for_locks(database, path):
    with database.reading() as connection:
        names = connection.dialect.get_table_names(connection)
    assert {*metadata.tables, "alembic_version"} == set(names)
    settings = {n: pragma(database, n) for n in ("journal_mode", "synchronous", "foreign_keys")}
    assert settings == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1}
    assert pragma(database, "busy_timeout") == 30_000
    assert path.exists()


def test_the_migrations_make_the_tables_of_the_schema(database):
    with database.writing() as connection:
        command.check(migration_settings(connection))


def test_the_revision_of_the_code_is_the_newest_migration(database):
    with database.reading() as connection:
        scripts = ScriptDirectory.from_config(migration_settings(connection))
    assert scripts.get_current_head() == REVISION


def test_all_migrations_can_be_taken_back(database):
    with database.writing() as connection:
        command.downgrade(migration_settings(connection), "base")
        assert connection.dialect.get_table_names(connection) == ["alembic_version"]


def test_opening_again_keeps_what_was_written(database, path):
    with database.writing() as connection:
        connection.execute(insert(dispatch_leases).values(ROW))
    again = open_database(f"sqlite:///{path}")
    with again.reading() as connection:
        assert connection.execute(select(dispatch_leases)).mappings().one() == ROW
    again.close()


def test_an_exception_rolls_the_transaction_back(database):
    def fail() -> None:
        with database.writing() as connection:
            connection.execute(insert(dispatch_leases).values(ROW))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.reading() as connection:
        assert connection.execute(select(dispatch_leases)).all() == []


def holders(database):
    with database.reading() as connection:
        return connection.execute(select(dispatch_leases.c.holder)).scalars().all()


def write(database, **changes):
    with database.writing() as connection:
        connection.execute(insert(dispatch_leases).values({**ROW, **changes}))


def test_what_is_written_together_is_one_transaction(database, path):
    other = open_database(path)
    with database.together():
        write(database, name="one", holder="a")
        write(database, name="two", holder="b")
        assert sorted(holders(database)) == ["a", "b"]
        assert holders(other) == []
    assert sorted(holders(other)) == ["a", "b"]
    write(database, name="three", holder="c")
    assert sorted(holders(other)) == ["a", "b", "c"]
    other.close()


def test_an_exception_takes_back_everything_written_together(database):
    def write_and_fail():
        with database.together():
            write(database)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert holders(database) == []
    write(database)
    assert holders(database) == ["me"]


def test_nothing_written_together_begins_no_transaction(database, path):
    other = open_database(path)
    with database.together():
        write(other)  # would wait for the lock
    other.close()
    assert holders(database) == ["me"]


def test_a_path_may_hold_characters_that_mean_something_in_a_url(tmp_path):
    path = tmp_path / "100%25 sure? #1" / "网.db"
    open_database(f"sqlite:///{path}").close()
    assert path.exists()


def test_opening_tries_again_while_the_journal_cannot_be_switched(path, monkeypatch):
    # Several processes that open a new database get in each other's way here.
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.0)
    path.parent.mkdir()
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("CREATE TABLE t (x)")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM t").fetchall()
    waits: list[float] = []

    def release(seconds: float) -> None:
        waits.append(seconds)
        reader.execute("ROLLBACK")

    clock = SimpleNamespace(monotonic=lambda: 0.0, sleep=release)
    monkeypatch.setattr(database_module, "time", clock)
    opened = open_database(path)
    assert pragma(opened, "journal_mode") == "wal"
    assert len(waits) == 1
    opened.close()
    reader.close()


class TestFailures:
    def failure(self, location: str | Path) -> str:
        with pytest.raises(StorageFailed) as caught:
            open_database(location)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.fix
        return str(caught.value)

    def test_a_damaged_file(self, tmp_path):
        path = tmp_path / "netloom.db"
        path.write_bytes(b"this is no database" * 100)
        text = self.failure(path)
        assert f"Database {path}: it is damaged" in text
        assert path.read_bytes().startswith(b"this is no database")

    def test_a_folder_that_is_a_file(self, tmp_path):
        (tmp_path / "file").write_text("")
        assert "cannot be made" in self.failure(tmp_path / "file" / "netloom.db")

    def test_a_path_that_is_a_folder(self, tmp_path):
        assert "cannot be opened for writing" in self.failure(tmp_path)

    def test_a_newer_database_is_left_alone(self, database, path):
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        text = self.failure(path)
        assert "newer Netloom" in text
        assert "Upgrade Netloom" in text
        assert pragma(database, "user_version") == 0

    def test_a_full_disk(self, database):
        def fill() -> None:
            with database.writing() as connection:
                connection.exec_driver_sql("PRAGMA max_page_count = 1")
                big = {**ROW, "holder": "x" * 5_000_000}
                connection.execute(insert(dispatch_leases).values(big))

        with pytest.raises(StorageFailed, match="the disk is full") as caught:
            fill()
        assert caught.value.diagnostics[0].code == "W508"
        with database.reading() as connection:
            assert connection.execute(select(dispatch_leases)).all() == []

    def test_a_server_that_does_not_answer(self):
        text = self.failure("postgresql://me:secret@127.0.0.1:1/netloom")
        assert "postgresql://127.0.0.1:1/netloom: the server cannot be reached" in text
        assert "secret" not in text

    @pytest.mark.parametrize(
        "location",
        ["mysql://me:secret@host/x", "sqlite://", "sqlite:///:memory:", "nonsense secret", ""],
    )
    def test_a_location_that_is_no_database_for_a_workspace(self, location):
        text = self.failure(location)
        assert "Expected sqlite:///" in text
        assert "secret" not in text


@pytest.mark.postgres
class TestPostgres:
    def test_a_missing_database_is_named(self):
        import os

        from sqlalchemy import make_url

        url = make_url(os.environ["NETLOOM_TEST_POSTGRES_URL"]).set(database="no_such_database")
        with pytest.raises(StorageFailed, match="no such database"):
            open_database(url.render_as_string(hide_password=False))
