"""Every store keeps the promises of ``DeploymentStore``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic import command
from test_stores import BACKENDS, new_postgres_database

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import NotFound
from netloom.core.identifiers import RunId, UserName
from netloom.store.database import Database, open_database
from netloom.store.deployments import SqlDeploymentStore
from netloom.store.revision import migration_settings
from netloom.store.schema import deployments, metadata
from netloom.tracking.deployment_states import DeploymentState, RevisionState, Wanted
from netloom.tracking.deployment_store import (
    Correction,
    DeployedModel,
    DeploymentRecord,
    RevisionRecord,
)

PROBLEM = Diagnostic("S155", "it ended", got="code 9", fix="Try again")
PETS = DeploymentRecord(
    id="d1",
    name="pets",
    note="für alle",
    port=None,
    is_protected=True,
    wanted=Wanted.RUNNING,
    state=DeploymentState.PREPARING,
    revision=0,
    target=1,
    created=2.0,
)
FIRST = RevisionRecord("d1", 1, RunId("r1"), "pets", RevisionState.PREPARING, 2.0, UserName("ada"))
BOX = {"objects": [{"label": "cat", "box": [1.0, 2.5, 3.0, 4.0]}]}


@pytest.fixture(scope="module", params=BACKENDS)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = open_database(tmp_path_factory.mktemp("store") / "netloom.db")
        yield opened
        opened.close()
        return
    with new_postgres_database() as url:
        opened = open_database(url)
        yield opened
        opened.close()


@pytest.fixture
def store(database: Database) -> SqlDeploymentStore:
    with database.writing() as connection:
        connection.execute(sa.delete(deployments))
    kept = SqlDeploymentStore(database)
    kept.add(PETS, FIRST)
    return kept


def test_what_is_kept_comes_back(store: SqlDeploymentStore) -> None:
    assert store.deployment("d1") == PETS
    assert store.revisions(of="d1") == [FIRST]
    made = replace(
        FIRST,
        state=RevisionState.READY,
        digest="ab",
        size_bytes=7,
        models=(DeployedModel("fit", "object_detection", ("cat", "dog")),),
        problem=(PROBLEM,),
    )
    store.update_revision(made)
    assert store.revision("d1", 1) == made
    store.update_revision(replace(made, deployment="gone"))
    with pytest.raises(NotFound, match="no revision 2"):
        store.revision("d1", 2)
    with pytest.raises(NotFound, match="no deployment 'd2'"):
        store.deployment("d2")


def test_deployments_are_listed_newest_first(store: SqlDeploymentStore) -> None:
    later = replace(PETS, id="d2", created=3.0, name="birds")
    store.add(later, replace(FIRST, deployment="d2"))
    assert store.deployments() == [later, PETS]
    assert store.deployments(among={"d1", "d9"}) == [PETS]
    assert [each.deployment for each in store.revisions(among={"d2"})] == ["d2"]
    assert len(store.revisions()) == 2


def test_changes_keep_what_they_do_not_name(store: SqlDeploymentStore) -> None:
    started = store.change("d1", DeploymentState.STARTING, port=81, problem=(PROBLEM,))
    assert started == replace(PETS, state=DeploymentState.STARTING, port=81, problem=(PROBLEM,))
    running = store.change("d1", DeploymentState.RUNNING, revision=1, problem=())
    assert running == replace(started, state=DeploymentState.RUNNING, revision=1, problem=())
    with pytest.raises(ValueError, match="running → preparing"):
        store.change("d1", DeploymentState.PREPARING, port=99)
    assert store.describe("d1", name="cats", note=None).name == "cats"
    assert store.describe("d1", name=None, note="").note == ""
    assert store.deployment("d1") == replace(running, name="cats", note="")
    with pytest.raises(NotFound):
        store.change("d9", DeploymentState.RUNNING)


@pytest.mark.parametrize(
    ("state", "wanted", "after"),
    [
        ("failed", "running", "starting"),
        ("failed", "stopped", "stopped"),
        ("stopped", "running", "starting"),
        ("running", "stopped", "running"),
        ("preparing", "running", "preparing"),
    ],
)
def test_wishes_revive_what_has_no_process(
    store: SqlDeploymentStore, state: str, wanted: str, after: str
) -> None:
    record = replace(PETS, id="d2", state=DeploymentState(state), problem=(PROBLEM,))
    store.add(record, replace(FIRST, deployment="d2"))
    found = store.want("d2", Wanted(wanted), target=4)
    assert (found.wanted, found.state, found.target) == (wanted, after, 4)
    assert found.problem == (() if wanted == "running" else (PROBLEM,))


def test_revisions_are_counted_and_the_newest_is_wanted(store: SqlDeploymentStore) -> None:
    second = store.add_revision(replace(FIRST, run=RunId("r2")))
    assert (second.number, second.run) == (2, "r2")
    assert store.deployment("d1").target == 2
    assert [each.number for each in store.revisions(of="d1")] == [2, 1]
    with pytest.raises(NotFound):
        store.add_revision(replace(FIRST, deployment="d9"))


def test_corrections_are_counted_and_go_with_their_deployment(store: SqlDeploymentStore) -> None:
    given = Correction("d1", 0, 1, 5.0, None, "ab", "image/png", 8, 6, "object_detection", BOX)
    assert [store.add_correction(given).number for _ in range(2)] == [1, 2]
    assert store.corrections("d1") == [replace(given, number=1), replace(given, number=2)]
    assert store.num_corrections(["d1", "d2"]) == {"d1": 2}
    store.remove("d1")
    store.remove("d1")
    assert (store.deployments(), store.revisions(), store.corrections("d1")) == ([], [], [])
    with pytest.raises(NotFound):
        store.add_correction(given)


def test_the_migration_makes_the_tables_of_the_schema_and_takes_them_away(
    database: Database,
) -> None:
    names = ["deployments", "deployment_revisions", "corrections"]
    with database.writing() as connection:
        for name in names:
            columns = {column["name"] for column in sa.inspect(connection).get_columns(name)}
            assert columns == set(metadata.tables[name].columns.keys())
        command.downgrade(migration_settings(connection), "0005")
        assert not set(names) & set(sa.inspect(connection).get_table_names())
        command.upgrade(migration_settings(connection), "head")
        assert set(names) <= set(sa.inspect(connection).get_table_names())
