from __future__ import annotations

import json
from pathlib import Path

from netloom.core.artifacts import MANIFEST_NAME, FileEntry, Manifest
from netloom.core.digests import digest_of_bytes


def filled(folder: Path) -> Path:
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "b.bin").write_bytes(b"bb")
    (folder / "a.txt").write_bytes(b"a")
    return folder


def test_a_manifest_lists_every_file_but_itself(tmp_path: Path) -> None:
    folder = filled(tmp_path / "x")
    (folder / MANIFEST_NAME).write_text("{}")
    manifest = Manifest.of_folder(folder, media_type="text/plain", refs=("b", "a", "b"))
    assert manifest == Manifest(
        "text/plain",
        (
            FileEntry("a.txt", 1, digest_of_bytes(b"a")),
            FileEntry("sub/b.bin", 2, digest_of_bytes(b"bb")),
        ),
        ("a", "b"),
    )
    assert manifest.size_bytes == 3


def test_equal_content_has_the_same_id_wherever_it_lies(tmp_path: Path) -> None:
    first = Manifest.of_folder(filled(tmp_path / "x"), media_type="m")
    second = Manifest.of_folder(filled(tmp_path / "y"), media_type="m")
    assert first.id == second.id


def test_media_type_names_bytes_and_references_enter_the_id(tmp_path: Path) -> None:
    folder = filled(tmp_path / "x")
    ids = {Manifest.of_folder(folder, media_type="m").id}
    ids.add(Manifest.of_folder(folder, media_type="other").id)
    ids.add(Manifest.of_folder(folder, media_type="m", refs=("r",)).id)
    (folder / "a.txt").write_bytes(b"b")
    ids.add(Manifest.of_folder(folder, media_type="m").id)
    (folder / "a.txt").rename(folder / "c.txt")
    ids.add(Manifest.of_folder(folder, media_type="m").id)
    assert len(ids) == 5


def test_a_manifest_survives_the_way_through_json(tmp_path: Path) -> None:
    manifest = Manifest.of_folder(filled(tmp_path / "x"), media_type="m", refs=("r",))
    assert Manifest.from_json(json.loads(json.dumps(manifest.to_json()))) == manifest
