from __future__ import annotations

import errno
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from netloom.core.artifacts import MANIFEST_NAME, Artifact
from netloom.core.errors import ArtifactDamaged, NotFound, StorageFailed
from netloom.execution.artifact_store import LocalArtifactStore


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifactStore:
    return LocalArtifactStore(tmp_path / "artifacts")


def committed(store: LocalArtifactStore, **contents: str) -> Artifact:
    staged = store.stage()
    for name, text in contents.items():
        path = staged / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return store.commit(staged, media_type="text/plain")


def everything_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_committed_folder_is_found_by_its_content(store: LocalArtifactStore) -> None:
    artifact = committed(store, a="one", sub__b="two")
    assert store.get(artifact.id) == artifact
    assert artifact.folder == store.root / artifact.id[:2] / artifact.id
    assert (artifact.folder / "sub" / "b").read_text() == "two"
    assert artifact.manifest.id == artifact.id
    assert list(store.ids()) == [artifact.id]
    store.verify(artifact.id)


def test_equal_content_is_stored_once(store: LocalArtifactStore) -> None:
    first, second = committed(store, a="one"), committed(store, a="one")
    assert first == second
    name = f"{first.id[:2]}/{first.id}"
    assert everything_below(store.root) == {f"{name}/a", f"{name}/{MANIFEST_NAME}"}


def test_references_are_remembered(store: LocalArtifactStore) -> None:
    first = committed(store, a="one")
    artifact = store.commit(store.stage(), media_type="m", refs=(first.id,))
    assert store.get(artifact.id).manifest.refs == (first.id,)


def test_staged_folders_are_private(store: LocalArtifactStore) -> None:
    assert store.stage() != store.stage()
    assert list(store.ids()) == []


def test_what_is_not_there_is_said_so(store: LocalArtifactStore) -> None:
    with pytest.raises(NotFound) as caught:
        store.get("ab" * 32)
    assert caught.value.diagnostics[0].message == "artifact abababababab is not in this workspace"


def remove(path: Path) -> None:
    path.unlink()


def shorten(path: Path) -> None:
    path.write_text("x")


def replace_by_folder(path: Path) -> None:
    path.unlink()
    (path / "inner").mkdir(parents=True)


@pytest.mark.parametrize("damage", [remove, shorten, replace_by_folder])
def test_a_missing_or_shortened_file_is_noticed_on_use(
    store: LocalArtifactStore, damage: Any
) -> None:
    artifact = committed(store, a="one", b="two")
    damage(artifact.folder / "b")
    with pytest.raises(ArtifactDamaged) as caught:
        store.get(artifact.id)
    assert caught.value.diagnostics[0].message == f"artifact {artifact.id[:12]} is damaged: b"


def test_a_flipped_byte_is_found_by_verification(store: LocalArtifactStore) -> None:
    artifact = committed(store, a="one", b="two")
    (artifact.folder / "b").write_text("tvo")
    store.get(artifact.id)  # the size is right
    with pytest.raises(ArtifactDamaged) as caught:
        store.verify(artifact.id)
    assert caught.value.diagnostics[0].message == f"artifact {artifact.id[:12]} is damaged: b"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"media_type": 1, "files": 3, "refs": []}']
)
def test_an_unreadable_manifest_is_damage(store: LocalArtifactStore, text: str) -> None:
    artifact = committed(store, a="one")
    (artifact.folder / MANIFEST_NAME).write_text(text)
    with pytest.raises(ArtifactDamaged) as caught:
        store.get(artifact.id)
    assert caught.value.diagnostics[0].message.endswith(f"is damaged: {MANIFEST_NAME}")


def test_a_manifest_of_something_else_is_damage(store: LocalArtifactStore) -> None:
    artifact, other = committed(store, a="one"), committed(store, a="two")
    document = (other.folder / MANIFEST_NAME).read_text()
    (artifact.folder / MANIFEST_NAME).write_text(document)
    with pytest.raises(ArtifactDamaged):
        store.verify(artifact.id)


@pytest.mark.parametrize("damage", [remove, shorten])
def test_committing_the_same_content_again_repairs_an_artifact(
    store: LocalArtifactStore, damage: Any
) -> None:
    artifact = committed(store, a="one", b="two")
    damage(artifact.folder / "b")
    assert committed(store, a="one", b="two") == artifact
    store.verify(artifact.id)
    assert list(store.ids()) == [artifact.id]


def test_committing_again_repairs_even_a_flipped_byte(store: LocalArtifactStore) -> None:
    artifact = committed(store, a="one")
    (artifact.folder / "a").write_text("ono")
    committed(store, a="one")
    assert (artifact.folder / "a").read_text() == "one"


def test_a_discarded_artifact_is_gone(store: LocalArtifactStore) -> None:
    artifact, other = committed(store, a="one"), committed(store, a="two")
    store.discard(artifact.id)
    store.discard(artifact.id)  # once more is no error
    assert list(store.ids()) == [other.id]
    assert not list((store.root / ".staging").iterdir())


def test_abandoned_folders_are_those_nobody_touched_for_a_day(store: LocalArtifactStore) -> None:
    old, fresh = store.stage(), store.stage()
    os.utime(old, (0, 0))
    assert store.abandoned() == [old]
    assert store.abandoned(now=fresh.stat().st_mtime + 25 * 3600) == sorted([old, fresh])
    assert LocalArtifactStore(store.root / "nowhere").abandoned() == []


def test_stray_files_are_no_artifacts(store: LocalArtifactStore) -> None:
    artifact = committed(store, a="one")
    (artifact.folder.parent / ".DS_Store").touch()
    assert list(store.ids()) == [artifact.id]
    assert list(LocalArtifactStore(store.root / "nowhere").ids()) == []


@pytest.mark.parametrize(
    ("call", "number", "code"),
    [
        ("fsync", errno.ENOSPC, "W508"),
        ("fsync", errno.EDQUOT, "W508"),
        ("rename", errno.EROFS, "W507"),
        ("mkdir", errno.EACCES, "W507"),
    ],
)
def test_a_store_that_cannot_be_written_is_explained_and_nothing_is_added(
    store: LocalArtifactStore,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    code: str,
) -> None:
    staged = store.stage()
    (staged / "a").write_text("one")

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(StorageFailed) as caught:
        store.commit(staged, media_type="text/plain")
    monkeypatch.undo()
    assert caught.value.diagnostics[0].code == code
    assert list(store.ids()) == []


def test_a_store_without_room_for_a_new_folder_is_explained(
    store: LocalArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.stage()

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(StorageFailed):
        store.stage()


def commit_many(root: Path, gate: Any) -> None:
    store = LocalArtifactStore(root)
    for number in range(20):
        staged = store.stage()
        (staged / "a").write_text(f"content {number}" * 1000)
        (staged / "b").write_text("same")
        gate.wait(30)
        store.commit(staged, media_type="text/plain")


def test_processes_that_commit_the_same_at_once_get_along(store: LocalArtifactStore) -> None:
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(2)
    workers = [context.Process(target=commit_many, args=(store.root, gate)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(50)
    assert [worker.exitcode for worker in workers] == [0, 0]
    ids = list(store.ids())
    assert len(ids) == 20
    for artifact in ids:
        store.verify(artifact)
    assert not list((store.root / ".staging").iterdir())


def test_manifests_can_be_read_by_people(store: LocalArtifactStore) -> None:
    artifact = committed(store, a="one")
    text = (artifact.folder / MANIFEST_NAME).read_text()
    assert json.loads(text) == artifact.manifest.to_json()
    assert text.count("\n") > 3
