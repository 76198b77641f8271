"""Files of data in the database: versions of a name, and the runs that read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from netloom.accounts.permissions import Access, Role
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.accounts.users import User
from netloom.core.errors import NotFound
from netloom.core.identifiers import RunId, UserName
from netloom.store.database import Database, open_database
from netloom.store.revision import migration_settings
from netloom.store.runs import SqlRunStore
from netloom.store.sharing import SqlAccessStore
from netloom.store.uploads import SqlUploadStore
from netloom.store.users import SqlUserStore
from netloom.tracking.records import RunRequest
from netloom.tracking.upload_store import UploadRecord

ADA, BOB = UserName("ada"), UserName("bob")
ONE = UploadRecord(
    id="0011223344556677",
    name="flowers",
    file_name="flowers.zip",
    size_bytes=3,
    sha256=None,
    is_complete=False,
    created=1.0,
    description="red",
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "netloom.db")
    for name in (ADA, BOB):
        SqlUserStore(opened).add(User(name, Role.MEMBER, 0.0), None)
    yield opened
    opened.close()


def add(database: Database, upload: UploadRecord, owner: UserName) -> None:
    SqlUploadStore(database).add(upload)
    SqlAccessStore(database).put(ObjectId(ObjectKind.DATASET, upload.id), Access(owner))


def test_versions_count_for_each_name_and_owner(database: Database) -> None:
    uploads = SqlUploadStore(database)
    assert uploads.next_version("flowers", owner=ADA) == 1
    add(database, ONE, ADA)
    add(database, replace(ONE, id="2", version=4), ADA)
    add(database, replace(ONE, id="3", name="trees", version=9), ADA)
    assert uploads.next_version("flowers", owner=ADA) == 5
    assert uploads.next_version("flowers", owner=BOB) == 1


def test_an_upload_is_called_something_else(database: Database) -> None:
    uploads = SqlUploadStore(database)
    add(database, ONE, ADA)
    told = uploads.describe(ONE.id, name="trees", version=2, description="")
    assert told == replace(ONE, name="trees", version=2, description="")
    assert uploads.upload(ONE.id) == told
    with pytest.raises(NotFound):
        uploads.describe("none", name="x", version=1, description="")


def test_runs_that_read_a_file_are_known(database: Database) -> None:
    runs, uploads = SqlRunStore(database), SqlUploadStore(database)
    reading = {"nodes": [{"settings": {"path": f".netloom/uploads/{ONE.id}/flowers.zip"}}]}
    other = {"nodes": [{"settings": {"path": f".netloom/uploads/{ONE.id}0/flowers.zip"}}]}
    for run, graph, scratch in (
        ("first", reading, False),
        ("other", other, False),
        ("survey", reading, True),
        ("second", reading, False),
    ):
        request = RunRequest(pipeline="p", graph=graph, project="", scratch=scratch)
        runs.create_run(RunId(run), request, {}, created=1.0)
    assert uploads.used_by(ONE.id) == ["second", "first"]
    assert uploads.used_by("%") == []


def test_files_sent_before_there_were_versions_are_numbered(database: Database) -> None:
    for number, (name, owner, created) in enumerate(
        [("flowers", ADA, 2.0), ("flowers", ADA, 1.0), ("flowers", BOB, 3.0), ("trees", ADA, 4.0)]
    ):
        add(database, replace(ONE, id=str(number), name=name, created=created), owner)
    with database.writing() as connection:
        command.downgrade(migration_settings(connection), "0003")
    with database.writing() as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("uploads")}
        assert not {"version", "description"} & columns
        command.upgrade(migration_settings(connection), "0004")
    found = {upload.id: upload.version for upload in SqlUploadStore(database).uploads()}
    assert found == {"0": 2, "1": 1, "2": 1, "3": 1}
