"""A user's own images: class folders and zip files, good ones and bad ones."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidInput

CLASSES = {"blue": (200, 40, 40), "red": (40, 40, 200)}


def write_images(folder: Path, *, per_class: int = 24) -> list[Path]:
    """Noisy plain pictures of two colours, as PNG and JPEG."""
    rng = np.random.default_rng(0)
    written = []
    for name, colour in CLASSES.items():
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            noise = rng.integers(-30, 30, (10, 12, 3))
            image = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            path = folder / name / f"{number}.{'png' if number % 2 else 'jpg'}"
            assert cv2.imwrite(str(path), image)
            written.append(path)
    return written


def pack(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as target:
        for path in sorted(folder.rglob("*.*")):
            target.write(path, path.relative_to(folder))
    return archive


TRAINING = """\
images: {op: data.image_folder, path: pictures}
parts:  {op: data.split, dataset: images, valid: 0.2, test: 0.25}
small:  {op: image.resize, images: parts, size: 8}
model:  {op: models.image_classifier, backbone: {type: convnet, widths: [8]}}
fit:    {op: train, model: model, dataset: small, epochs: 8, batch_size: 8}
score:  {op: evaluate, model: fit.model, dataset: small, bootstrap: 0}
new:    {op: data.image_zip, path: new.zip, labels: none}
labels: {op: predict, model: fit.model, dataset: new}
"""


def test_class_folders_train_a_model_that_predicts_a_zip(project: Any) -> None:
    images = write_images(project.folder / "pictures")
    pack(project.folder / "new.zip", project.folder / "pictures")
    project.pipeline(TRAINING)
    result = project.run().require_success()
    assert result.value("score.metrics")["accuracy"] == 1.0
    assert result.value("images").labels == ("blue", "red")
    rows = pq.read_table(result.path("labels") / "predictions.parquet").to_pylist()
    assert {row["path"]: row["label"] for row in rows} == {
        str(path.relative_to(project.folder / "pictures")): path.parent.name for path in images
    }
    assert {row["truth"] for row in rows} == {None}

    (project.folder / "new.zip").touch()  # written again: read again, but it holds the same
    again = project.run().require_success()
    ran = {name for name, node in again.nodes.items() if node.state == "succeeded"}
    assert ran <= {"new"}

    write_images(project.folder / "pictures" / "more", per_class=1)
    assert (
        project.open().plan(project.open().load(project.folder / "main.yaml")).nodes["images"].why
        == "the source data changed"
    )


def test_bad_images_are_listed_or_left_out(project: Any) -> None:
    write_images(project.folder / "pictures", per_class=3)
    (project.folder / "pictures" / "red" / "empty.png").write_bytes(b"")
    whole = (project.folder / "pictures" / "red" / "1.png").read_bytes()
    (project.folder / "pictures" / "blue" / "cut.png").write_bytes(whole[:60])
    (project.folder / "pictures" / "stray.png").write_bytes(whole)
    project.pipeline("images: {op: data.image_folder, path: pictures}")
    failed = project.run()
    assert failed.state == "failed"
    told = "\n".join(map(str, failed.diagnostics))
    for path in ("red/empty.png", "blue/cut.png", "stray.png"):
        assert path in told
    assert {problem.place.node for problem in failed.diagnostics} == {"images"}

    skipped = project.run(sets=["images.on_bad=skip"]).require_success()
    dataset = skipped.value("images")
    index = pq.read_table(skipped.path("images") / "index.parquet")
    assert len(index) == 6
    assert "skipped 3 bad images" in " ".join(dataset.remarks)


def member(name: str, *, link: bool = False) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    if link:
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


ATTACKS = {
    "dots": (member("../../escaped.png"), b"x", "I007", "would be written outside its folder"),
    "absolute": (member("/tmp/netloom-escaped.png"), b"x", "I007", "has an absolute path"),
    "link": (member("red/link.png", link=True), b"/etc/passwd", "I007", "is a symbolic link"),
    "bomb": (member("red/bomb.png"), bytes(60 << 20), "I008", "far more than images do"),
}


def test_zip_files_that_attack_are_refused(project: Any) -> None:
    write_images(project.folder / "pictures", per_class=2)
    pack(project.folder / "good.zip", project.folder / "pictures")
    for name, (info, content, *_) in ATTACKS.items():
        archive = pack(project.folder / f"{name}.zip", project.folder / "pictures")
        with zipfile.ZipFile(archive, "a") as target:
            target.writestr(info, content, zipfile.ZIP_DEFLATED)
    names = [*ATTACKS, "good"]
    project.pipeline("\n".join(f"{n}: {{op: data.image_zip, path: {n}.zip}}" for n in names))
    before = everything(project.folder.parent)
    result = project.run()
    assert result.nodes["good"].state == "succeeded"
    for name, (*_, code, said) in ATTACKS.items():
        (problem,) = result.nodes[name].diagnostics
        assert (problem.code, problem.place.node) == (code, name)
        assert said in problem.message
        assert not list(project.node_folder(name).rglob("*.png"))
    assert everything(project.folder.parent) == before
    assert not Path("/tmp/netloom-escaped.png").exists()


def everything(folder: Path) -> set[Path]:
    """All files around and in the project but those of the workspace."""
    return {path for path in folder.rglob("*") if ".netloom" not in path.parts}


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ("images: {op: data.image_folder, path: nowhere}", "I001"),
        ("images: {op: data.image_folder, path: main.yaml}", "I002"),
        ("images: {op: data.image_folder, path: empty}", "I003"),
        ("images: {op: data.image_zip, path: nowhere.zip}", "I001"),
        ("images: {op: data.image_zip, path: empty}", "I002"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_queued(
    project: Any, node: str, code: str
) -> None:
    (project.folder / "empty").mkdir()
    project.pipeline(f"{node}\nother: {{op: data.image_folder, path: nowhere-either}}")
    with pytest.raises(InvalidInput) as caught:
        project.run()
    found = [(problem.code, problem.place.node) for problem in caught.value.diagnostics]
    assert found == [(code, "images"), ("I001", "other")]
    assert list(project.open().runs()) == []
    assert list((project.folder / ".netloom" / "runs").iterdir()) == []


TABLES = """\
listed: {op: data.image_list, path: pictures/list.csv}
parts:  {op: data.split, dataset: listed, valid: 0.2, test: 0.25}
about:  {op: data.statistics, dataset: parts}
small:  {op: image.resize, images: parts, size: 8}
model:  {op: models.image_classifier, backbone: {type: convnet, widths: [8]}}
fit:    {op: train, model: model, dataset: small, epochs: 8, batch_size: 8}
tables: {op: data.image_parquet, path: hub}
saved:  {op: data.image_arrow, path: saved}
first:  {op: predict, model: fit.model, dataset: tables}
second: {op: predict, model: fit.model, dataset: saved}
"""


def write_tables(folder: Path, images: list[Path]) -> None:
    """The pictures as a list, as Parquet files of a hub and as a saved data set."""
    lines = [f"{path.relative_to(folder / 'pictures')},{path.parent.name}" for path in images]
    (folder / "pictures/list.csv").write_text("\n".join(["path,label", *lines]))
    cells = [{"bytes": path.read_bytes(), "path": path.name} for path in images]
    labels = [path.parent.name for path in images]
    table = pa.table({"image": cells, "label": labels})
    (folder / "hub").mkdir()
    pq.write_table(table, folder / "hub/test-00000-of-00001.parquet")
    (folder / "saved").mkdir()
    files = [{"filename": "data-00000-of-00001.arrow"}]
    (folder / "saved/state.json").write_text(json.dumps({"_data_files": files}))
    with pa.ipc.new_stream(str(folder / "saved" / files[0]["filename"]), table.schema) as target:
        target.write_table(table)


def test_lists_and_tables_are_sources_like_folders(project: Any) -> None:
    images = write_images(project.folder / "pictures")
    write_tables(project.folder, images)
    project.pipeline(TABLES)
    result = project.run().require_success()
    assert result.value("about.metrics")["per_class"]["blue"]["all"] == 24
    assert (result.path("about.report") / "report.html").read_text().count("<img") >= 8
    expected = [path.parent.name for path in images]
    for node in ("first", "second"):
        rows = pq.read_table(result.path(node) / "predictions.parquet").to_pylist()
        assert [row["label"] for row in rows] == expected
        assert [row["truth"] for row in rows] == expected

    again = project.run().require_success()
    assert {node.state for node in again.nodes.values()} == {"cached"}


def test_lines_that_cannot_be_used_are_told_before_anything_is_queued(project: Any) -> None:
    images = write_images(project.folder / "pictures", per_class=1)
    write_tables(project.folder, images)
    (project.folder / "pictures/list.csv").write_text("path,label\nblue/0.jpg,a\nblue/9.jpg,b\n,\n")
    project.pipeline("listed: {op: data.image_list, path: pictures/list.csv}")
    with pytest.raises(InvalidInput) as caught:
        project.run()
    problem = caught.value.diagnostics[0]
    assert (problem.place.node, problem.place.file, problem.place.line) == (
        "listed",
        "pictures/list.csv",
        3,
    )
    assert list(project.open().runs()) == []
