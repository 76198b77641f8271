"""The database: opening it, transactions, and what its refusals mean to the user."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from netloom.core.errors import StorageFailed
from netloom.store.failures import storage_failed
from netloom.store.revision import bring_up_to_date

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another process's transaction; ours last milliseconds."""

_WRITERS_LOCK = 0x6E65746C6F6F6D
"""Key of the advisory lock that PostgreSQL writers take ("netloom")."""


class Database:
    """An open database of a workspace. Safe for several threads and processes; not to be forked.

    Write transactions are serialised over all processes. On SQLite they take the write lock when they
    begin, so they wait for each other instead of failing half-way ("database is locked"); on
    PostgreSQL an advisory lock does the same, which also makes the numbers of logged events appear
    in order. Inside :meth:`together` all transactions of a thread are one; otherwise nesting ``writing`` in
    one thread is a deadlock.

    A committed transaction survives the death of any process. SQLite (WAL, ``synchronous=NORMAL``) may
    lose the last ones when the machine itself loses power, but never becomes inconsistent.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing_engine = engine.execution_options(netloom_writes=True)
        self._in_process = threading.Lock() if self.is_sqlite else nullcontext()
        self._joint = _Joint()
        self.name = _name(engine.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is an embedded database file."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a transaction that changes nothing.

        Raises:
            StorageFailed: The database cannot be read.
        """
        if self._joint.connection is not None:
            yield self._joint.connection
            return
        with self._failures(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a write transaction: committed at the end, rolled back on any exception.

        Raises:
            StorageFailed: The database cannot be written; nothing of the transaction is kept.
        """
        if self._joint.end is None:
            with self._transaction() as connection:
                yield connection
            return
        if self._joint.connection is None:
            self._joint.connection = self._joint.end.enter_context(self._transaction())
        yield self._joint.connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread writes inside the block is one transaction; it begins with the first write.

        Raises:
            StorageFailed: At the end, the transaction cannot be committed; nothing of it is kept.
        """
        with ExitStack() as end:
            self._joint.end = end
            try:
                yield
            finally:
                self._joint.end = self._joint.connection = None

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._failures(), self._in_process, self._writing_engine.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
            yield connection

    def close(self) -> None:
        """Close all connections. Idempotent; the database may be used again afterwards."""
        self._engine.dispose()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # a rule of ours was broken, the storage did not fail
        except DBAPIError as error:
            raise storage_failed(self.name, error) from error


class _Joint(threading.local):
    """The transaction that blocks of one thread share: how it ends, and its connection once it began."""

    end: ExitStack | None = None
    connection: Connection | None = None


def open_database(location: str | Path) -> Database:
    """Open a database, create it if it does not exist, and bring its tables up to date.

    Several processes may do so at once.

    Args:
        location: Path of an SQLite file, or a URL: ``sqlite:////path/netloom.db``,
            ``postgresql://user:password@host/database``.

    Raises:
        StorageFailed: It cannot be reached or written, is damaged, or belongs to a newer Netloom.
    """
    database = Database(_create_engine(_url(location)))
    try:
        bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return database


def _url(location: str | Path) -> URL:
    if isinstance(location, Path):
        return URL.create("sqlite", database=str(location))
    path = location.removeprefix("sqlite:///")
    if path not in (location, "", ":memory:"):
        return _url(Path(path))  # not parsed as a URL: a path may hold "?" or "%"
    if location.startswith("postgres://"):  # what many hosting services hand out
        location = "postgresql" + location.removeprefix("postgres")
    expected = "sqlite:////path/of/file.db or postgresql://user:password@host/database"
    try:
        url = make_url(location)
    except (ArgumentError, ValueError) as error:
        # The text may hold a password, so it is not repeated.
        raise StorageFailed.of(
            "the database URL cannot be read", expected=expected, fix=_CHECK_URL
        ) from error
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+pg8000")
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql") or url.database in (None, "", ":memory:"):
        raise StorageFailed.of(
            f"{_name(url)} cannot be used as the database of a workspace",
            expected=expected,
            got=url.render_as_string(hide_password=True),
            fix=_CHECK_URL,
        )
    return url


_CHECK_URL = "Correct the database URL of the workspace (NETLOOM_DATABASE_URL)"


def _name(url: URL) -> str:
    """How the database is named to people: without user and password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database or url)
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{url.host or ''}{port}/{url.database or ''}"


def _create_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    try:
        return create_engine(url, pool_pre_ping=True)
    except ImportError as error:
        raise StorageFailed.of(
            f"the driver for {_name(url)} is not installed",
            fix="Install it: pip install 'netloom[postgres]'",
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed.of(
            f"{folder}: the folder for the database cannot be made: {error.strerror}",
            fix="Make its parent writable or choose another workspace with --workspace",
        ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: see begin
        _switch_to_wal(connection)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("netloom_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Once in a database's life; SQLite's busy timeout does not cover it, so waiting is up to us."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(0.002)
        else:
            return
