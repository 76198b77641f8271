"""Bundles: the same bytes each time, opened only as they were made."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import Conflict, InvalidData, NotFound
from netloom.inference.bundle import BUNDLE_FILE, read_bundle, verify_bundle
from netloom.inference.bundle_archive import pack, unpack
from netloom.inference.graph_predictor import GraphPredictor
from netloom.serving.bundle_writing import BundleLabel, graph_folder_of, write_bundle
from netloom.serving.served import opened
from netloom.serving.settings import ServingSettings

from .models import picture


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return shutil.copytree(bundle, tmp_path / "copy")


def codes(raised: pytest.ExceptionInfo[Any]) -> list[str]:
    return [each.code for each in raised.value.diagnostics]


def test_a_bundle_says_what_it_is_and_holds_all_it_needs(bundle: Path) -> None:
    found, graph = verify_bundle(bundle)
    assert (found.name, found.version, found.run) == ("light", "1.2", "run-1")
    assert found.created == "2020-09-13T12:26:40Z"
    assert {step: model.runtime for step, model in found.models.items()} == {"model": "onnx"}
    assert graph.is_single
    assert set(found.files) >= {
        "deploy.sh", "Dockerfile", "requirements.txt", "README.md", "graph.json",
        "models/model/model.onnx", "sample/request.jpeg", "sample/request.json",
    }  # fmt: skip


def test_it_predicts_as_the_model_it_was_made_from(bundle: Path, exported: Path) -> None:
    pictures = [picture(level) for level in (0, 90, 255)]
    inside, outside = (
        GraphPredictor.open(folder).predict(pictures) for folder in (bundle, exported)
    )
    assert inside == outside
    response = json.loads((bundle / "sample" / "response.json").read_text())
    (prediction,) = GraphPredictor.open(bundle).predict(bundle / "sample" / "request.jpeg")
    assert (response["code"], response["data"]) == (200, prediction)


def test_equal_models_make_equal_bytes(exported: Path, archive: Path, tmp_path: Path) -> None:
    label = BundleLabel(name="light", version="1.2", created=1_600_000_000.0, run="run-1")
    graph_folder_of(exported, tmp_path / "again")
    write_bundle(tmp_path / "again", label, sample=picture(200, kind=".jpg", side=32))
    pack(tmp_path / "again", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_unpacking_gives_back_what_was_packed(archive: Path, bundle: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "out")
    names = {path.relative_to(bundle) for path in bundle.rglob("*") if path.is_file()}
    found = {
        path.relative_to(tmp_path / "out")
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert found == names
    assert all(
        (bundle / name).read_bytes() == (tmp_path / "out" / name).read_bytes() for name in names
    )
    assert (tmp_path / "out" / "deploy.sh").stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("place", ["models/model/model.onnx", "graph.json", "requirements.txt"])
def test_a_file_that_was_changed_is_named(copy: Path, place: str) -> None:
    content = bytearray((copy / place).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / place).write_bytes(content)
    with pytest.raises(InvalidData, match="was changed after") as raised:
        verify_bundle(copy)
    assert codes(raised) == ["I493"]
    assert place in raised.value.diagnostics[0].message
    with pytest.raises(InvalidData), opened([(None, copy)], ServingSettings()):
        pass


def test_missing_and_longer_files_are_named_all_at_once(copy: Path) -> None:
    (copy / "README.md").unlink()
    with (copy / "deploy.sh").open("a") as file:
        file.write("rm -rf /\n")
    with pytest.raises(InvalidData) as raised:
        verify_bundle(copy)
    said = [each.message for each in raised.value.diagnostics]
    assert ["README.md is missing" in said[0], "deploy.sh was changed" in said[1]] == [True, True]


def test_what_deploying_leaves_behind_does_not_matter(copy: Path) -> None:
    (copy / ".venv").mkdir()
    (copy / ".venv" / "installed").write_text("yes")
    assert verify_bundle(copy)[0].name == "light"


def place_outside(document: dict[str, Any]) -> None:
    document["files"]["../evil"] = document["files"]["deploy.sh"]


def absolute_place(document: dict[str, Any]) -> None:
    document["files"]["/etc/evil"] = document["files"]["deploy.sh"]


def newer_format(document: dict[str, Any]) -> None:
    document["format"] = 2


def name_with_options(document: dict[str, Any]) -> None:
    document["name"] = "--privileged"


def unknown_key(document: dict[str, Any]) -> None:
    document["command"] = "rm"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (place_outside, "I491"),
        (absolute_place, "I491"),
        (newer_format, "I492"),
        (name_with_options, "I491"),
        (unknown_key, "I491"),
    ],
)
def test_a_description_that_cannot_be_is_refused(
    copy: Path, change: Callable[[dict[str, Any]], None], code: str
) -> None:
    document = json.loads((copy / BUNDLE_FILE).read_text())
    change(document)
    (copy / BUNDLE_FILE).write_text(json.dumps(document))
    with pytest.raises(InvalidData) as raised:
        read_bundle(copy)
    assert codes(raised) == [code]


def rewritten(archive: Path, target: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    shutil.copyfile(archive, target)
    with zipfile.ZipFile(target, "a") as opened_archive:
        change(opened_archive)
    return target


def test_a_zip_file_with_more_in_it_is_refused(archive: Path, tmp_path: Path) -> None:
    def outside(opened_archive: zipfile.ZipFile) -> None:
        opened_archive.writestr("../evil.sh", "echo")

    with pytest.raises(InvalidData, match="does not hold the files"):
        unpack(rewritten(archive, tmp_path / "x.zip", outside), tmp_path / "out")
    assert not (tmp_path / "evil.sh").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_file_with_a_second_file_of_a_name_is_refused(archive: Path, tmp_path: Path) -> None:
    def twice(opened_archive: zipfile.ZipFile) -> None:
        opened_archive.writestr("deploy.sh", "echo")

    with pytest.raises(InvalidData) as raised:
        unpack(rewritten(archive, tmp_path / "x.zip", twice), tmp_path / "out")
    assert codes(raised) == ["I493"]


def test_a_file_that_unpacks_to_something_else_is_not_kept(bundle: Path, tmp_path: Path) -> None:
    target = tmp_path / "bomb.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened_archive:
        opened_archive.write(bundle / BUNDLE_FILE, BUNDLE_FILE)
        for place in read_bundle(bundle).files:
            content = bytes(50 << 20) if place == "README.md" else (bundle / place).read_bytes()
            opened_archive.writestr(place, content)
    with pytest.raises(InvalidData) as raised:
        unpack(target, tmp_path / "out")
    assert codes(raised) == ["I493"]
    assert not (tmp_path / "out" / "README.md").exists()


def test_what_is_no_bundle_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip file")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("a", "b")
    with pytest.raises(InvalidData) as raised:
        unpack(tmp_path / "text.zip", tmp_path / "out")
    assert codes(raised) == ["I491"]
    for path in (tmp_path / "other.zip", tmp_path / "missing.zip"):
        with pytest.raises(NotFound):
            unpack(path, tmp_path / "out")
    with pytest.raises(NotFound):
        read_bundle(tmp_path)


def test_only_a_small_jpeg_or_png_can_be_the_sample(copy: Path) -> None:
    label = BundleLabel(name="light", created=0.0)
    for content in (picture(1, kind=".bmp"), picture(1) + bytes(1 << 20)):
        with pytest.raises(InvalidData) as raised:
            write_bundle(copy, label, sample=content)
        assert codes(raised) == ["I494"]


def test_models_are_served_under_the_names_they_were_given(archive: Path, exported: Path) -> None:
    sources = [(None, archive), ("mine", exported), (None, exported)]
    with opened(sources, ServingSettings()) as models:
        assert [model.name for model in models] == ["light", "mine", "exported"]
        assert [model.facts["version"] for model in models] == ["1.2", None, None]
    with pytest.raises(Conflict), opened([(None, archive), ("light", exported)], ServingSettings()):
        pass
