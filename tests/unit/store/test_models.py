"""Models in the database: what runs gave out, by whoever may see it, and what was registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netloom.accounts.permissions import Access, Actor, Right, Role, Visibility
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.accounts.users import User
from netloom.core.errors import NotFound
from netloom.core.identifiers import ArtifactId, NodeId, PortName, RunId, UserName
from netloom.execution.events import NodeChanged, Output, RunChanged
from netloom.execution.states import RunState
from netloom.store.database import Database, open_database
from netloom.store.models import SqlModelStore
from netloom.store.runs import SqlRunStore
from netloom.store.sharing import SqlAccessStore
from netloom.store.users import SqlUserStore
from netloom.tracking.model_store import MODEL_MEDIA_TYPE, MeasuredNode, RegisteredModel
from netloom.tracking.records import RunRequest

ADA, BOB = UserName("ada"), UserName("bob")
PREVIEW = {"task": "image_classification", "labels": ["0", "1"], "input": [1, 8, 8]}
PACKAGE = Output(ArtifactId("a" * 64), MODEL_MEDIA_TYPE, 100, PREVIEW)
PASSED_ON = Output(ArtifactId("b" * 64), MODEL_MEDIA_TYPE, 10, {**PREVIEW, "package": "artifact:a"})
TABLE = Output(ArtifactId("c" * 64), "application/vnd.netloom.file", 5, {"note": MODEL_MEDIA_TYPE})


def actor(name: str, role: Role = Role.MEMBER) -> Actor:
    return Actor(UserName(name), role)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "netloom.db")
    for name in (ADA, BOB):
        SqlUserStore(opened).add(User(name, Role.MEMBER, 0.0), None)
    yield opened
    opened.close()


@pytest.fixture
def models(database: Database) -> SqlModelStore:
    return SqlModelStore(database)


def give_out(
    database: Database,
    run: str,
    outputs: dict[str, Output],
    *,
    state: RunState = RunState.SUCCEEDED,
    access: Access | None = None,
    scratch: bool = False,
    **facts: Any,
) -> None:
    """A run whose node ``fit`` ended at 30 with these outputs."""
    store, node = SqlRunStore(database), NodeId("fit")
    request = RunRequest(pipeline="digits", graph={"nodes": []}, project="/p", scratch=scratch)
    store.create_run(RunId(run), request, {node: "train"}, created=10.0)
    named = {PortName(port): output for port, output in outputs.items()}
    store.emit(
        RunChanged(RunId(run), RunState.RUNNING, 20.0),
        NodeChanged(RunId(run), node, state, 30.0, outputs=named, **facts),
    )
    if access is not None:
        SqlAccessStore(database).put(ObjectId(ObjectKind.RUN, run), access)


def registration(name: str = "digits", owner: UserName = ADA, **changes: Any) -> RegisteredModel:
    model = RegisteredModel(
        id=f"{owner}-{name}",
        owner=owner,
        name=name,
        version=0,
        description="",
        artifact=PACKAGE.artifact,
        size_bytes=100,
        run=RunId("r"),
        node=NodeId("fit"),
        pipeline="digits",
        preview=PREVIEW,
        history={"metrics": {"fit.loss": 0.5}},
        created=30.0,
        registered=40.0,
    )
    return replace(model, **changes)


def test_outputs_are_the_packages_themselves_and_not_what_refers_to_them(database, models):
    give_out(database, "one", {"model": PACKAGE, "same": PASSED_ON, "history": TABLE})
    (output,) = models.outputs(actor("root", Role.ADMIN))
    assert (output.artifact, output.run, output.node, output.port) == (
        PACKAGE.artifact, "one", "fit", "model",
    )  # fmt: skip
    assert (output.pipeline, output.size_bytes, output.preview) == ("digits", 100, PREVIEW)
    assert (output.is_made, output.created, output.access) == (True, 30.0, Access())


def test_outputs_come_in_the_order_of_runs_and_tell_which_were_reused(database, models):
    give_out(database, "one", {"model": PACKAGE})
    give_out(database, "two", {"model": PACKAGE}, state=RunState.CACHED)
    give_out(database, "trial", {"model": PACKAGE}, scratch=True)
    found = models.outputs(actor("root", Role.ADMIN))
    assert [(output.run, output.is_made) for output in found] == [("one", True), ("two", False)]


@pytest.mark.parametrize(
    ("access", "seen_by_bob"),
    [
        (Access(ADA), None),
        (Access(ADA, Visibility.PUBLIC), {}),
        (Access(ADA, Visibility.SHARED, {BOB: Right.READ}), {"bob": "read"}),
        (Access(BOB), {}),
    ],
)
def test_outputs_are_those_of_runs_one_may_see(database, models, access, seen_by_bob):
    give_out(database, "one", {"model": PACKAGE}, access=access)
    found = models.outputs(actor("bob"))
    assert [output.access.shares for output in found] == (
        [] if seen_by_bob is None else [seen_by_bob]
    )
    assert [output.access.owner for output in models.outputs(actor("root", Role.ADMIN))] == [
        access.owner
    ]


def test_outputs_of_one_artifact_are_found_by_it(database, models):
    other = replace(PACKAGE, artifact=ArtifactId("d" * 64))
    give_out(database, "one", {"model": PACKAGE, "second": other})
    root = actor("root", Role.ADMIN)
    assert [o.artifact for o in models.outputs(root, artifact=other.artifact)] == [other.artifact]
    assert models.outputs(root, artifact="e" * 64) == []


def test_nodes_are_measured_with_what_they_were_given(database, models):
    give_out(
        database,
        "one",
        {"model": PACKAGE},
        state=RunState.CACHED,
        metrics={"loss": 0.25},
        ingredients={"inputs": {"dataset": ["x", "y"], "model": ["z:out"]}},
    )
    give_out(database, "two", {"model": PACKAGE})
    assert models.measured([RunId("one"), RunId("two")]) == {
        "one": [
            MeasuredNode(
                NodeId("fit"), frozenset({"x", "y", "z:out"}), {"loss": 0.25}, makes_model=True
            )
        ]
    }


def test_versions_count_up_for_each_owner_and_name(models):
    versions = [
        models.register(registration("digits", id="1")).version,
        models.register(registration("digits", id="2", registered=41.0)).version,
        models.register(registration("digits", BOB, id="3")).version,
        models.register(registration("letters", id="4")).version,
    ]
    assert versions == [1, 2, 1, 1]
    assert [model.id for model in models.registered()] == ["2", "1", "3", "4"]
    assert [model.id for model in models.registered(among={"1", "4"})] == ["1", "4"]


def test_a_registered_model_is_read_back_as_it_was(models):
    kept = models.register(registration(description="äöü"))
    read = models.model(kept.id)
    assert replace(read, history=dict(read.history)) == kept
    assert models.kept_artifacts() == {PACKAGE.artifact}


def test_another_name_makes_it_the_next_version_of_that_name(models):
    for number in ("1", "2"):
        models.register(registration("digits", id=number))
    models.register(registration("letters", id="3"))
    changed = models.amend("3", name="digits", description=None)
    assert (changed.name, changed.version, changed.description) == ("digits", 3, "")
    described = models.amend("3", name="digits", description="better")
    assert (described.version, described.description) == (3, "better")
    assert models.model("3").description == "better"


def test_a_removed_model_is_gone(models):
    models.register(registration(id="1"))
    models.remove("1")
    models.remove("1")
    assert models.kept_artifacts() == frozenset()
    for look in (models.model, lambda model: models.amend(model, name="x", description=None)):
        with pytest.raises(NotFound):
            look("1")
