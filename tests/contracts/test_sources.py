"""What every source of images must do, run on generated data that differ only in form."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.artifacts import Manifest
from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.core.tasks import ImageClassification
from netloom.data.codec import DatasetCodec
from netloom.data.datasets import open_samples
from netloom.data.images import decode_image
from netloom.data.index import index_schema, read_index
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.operators.builtin import builtin_catalogue

CATALOGUE = builtin_catalogue()


class Item(NamedTuple):
    """An image as a source gets it."""

    name: str
    content: bytes
    label: str
    part: str


def encoded(level: int, *, width: int = 5, height: int = 4) -> bytes:
    image = np.full((height, width, 3), level, np.uint8)
    return bytes(cv2.imencode(".png", image)[1].tobytes())


ITEMS = [
    Item("1.png", encoded(10), "rose", "train"),
    Item("2.png", encoded(20, width=7), "rose", "train"),
    Item("3.png", encoded(30, height=9), "tulip", "train"),
    Item("4.png", encoded(40), "tulip", "train"),
    Item("5.png", encoded(50), "rose", "test"),
    Item("6.png", encoded(60), "tulip", "test"),
]
BAD = Item("7.png", ITEMS[0].content[:40], "rose", "train")


def folder(root: Path, items: Sequence[Item]) -> str:
    for item in items:
        path = root / "pictures" / item.part / item.label / item.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(item.content)
    return "pictures"


def packed(root: Path, items: Sequence[Item]) -> str:
    with zipfile.ZipFile(root / "pictures.zip", "w") as target:
        for item in items:
            target.writestr(f"{item.part}/{item.label}/{item.name}", item.content)
    return "pictures.zip"


def listed(root: Path, items: Sequence[Item]) -> str:
    lines = ["path,label,part"]
    (root / "files").mkdir(exist_ok=True)
    for item in items:
        (root / "files" / item.name).write_bytes(item.content)
        lines.append(f"files/{item.name},{item.label},{item.part}")
    (root / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    return "list.csv"


def parquet(root: Path, items: Sequence[Item]) -> str:
    columns = {
        "image": [item.content for item in items],
        "label": [item.label for item in items],
        "split": [item.part for item in items],
    }
    pq.write_table(pa.table(columns), root / "pictures.parquet", row_group_size=2)
    return "pictures.parquet"


HUB = {"train": "train", "test": "test"}
NAMES = ["rose", "tulip"]
FEATURES = {
    "image": {"_type": "Image"},
    "label": {"names": NAMES, "_type": "ClassLabel"},
}


def hub_table(items: Sequence[Item]) -> pa.Table:
    cells = [{"bytes": item.content, "path": item.name} for item in items]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    labels = [NAMES.index(item.label) for item in items]
    return pa.table({"image": pa.array(cells, kind), "label": pa.array(labels, pa.int64())})


def hub_parquet(root: Path, items: Sequence[Item]) -> str:
    (root / "hub/data").mkdir(parents=True, exist_ok=True)
    description = json.dumps({"info": {"features": FEATURES}})
    for part in HUB:
        table = hub_table([item for item in items if item.part == part])
        table = table.replace_schema_metadata({"huggingface": description})
        pq.write_table(table, root / f"hub/data/{part}-00000-of-00001.parquet")
    return "hub"


def saved_to_disk(root: Path, items: Sequence[Item]) -> str:
    """The form of ``datasets.DatasetDict.save_to_disk``."""
    top = root / "saved"
    top.mkdir(exist_ok=True)
    (top / "dataset_dict.json").write_text(json.dumps({"splits": list(HUB)}))
    for part in HUB:
        (top / part).mkdir(exist_ok=True)
        files = [{"filename": "data-00000-of-00001.arrow"}]
        (top / part / "state.json").write_text(json.dumps({"_data_files": files, "_split": part}))
        (top / part / "dataset_info.json").write_text(json.dumps({"features": FEATURES}))
        table = hub_table([item for item in items if item.part == part])
        with pa.ipc.new_stream(str(top / part / files[0]["filename"]), table.schema) as target:
            target.write_table(table, max_chunksize=2)
    return "saved"


@dataclass(frozen=True)
class Source:
    """A source with a way to write data in its form.

    Attributes:
        keeps: The pixels are copied, so what was read may go.
    """

    operator: str
    write: Callable[[Path, Sequence[Item]], str]
    keeps: bool
    settings: dict[str, Any] = field(default_factory=dict)


SOURCES = {
    "folder": Source("data.image_folder", folder, keeps=False),
    "zip": Source("data.image_zip", packed, keeps=True),
    "list": Source("data.image_list", listed, keeps=False),
    "parquet": Source("data.image_parquet", parquet, keeps=True),
    "parquet of a hub": Source("data.image_parquet", hub_parquet, keeps=True),
    "arrow": Source("data.image_arrow", saved_to_disk, keeps=False),
}
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))


class Bench:
    """A project folder and a store around it."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir(parents=True)
        self.run = RunContext.in_process(folder / "run", project=self.project)

    def write(self, source: Source, items: Sequence[Item]) -> str:
        return source.write(self.project, items)

    def read(self, source: Source, path: str, **settings: Any) -> Dataset[Any]:
        """Run the source and keep what it gives, as a job does."""
        view = CATALOGUE.operator(source.operator)(path=path, **settings, run=self.run)
        staged = self.run.artifacts.stage()
        refs = DatasetCodec().save(view, staged, workdir=self.run.workdir)
        kept = self.run.artifacts.commit(staged, media_type=DatasetCodec.media_type, refs=refs)
        return DatasetCodec().load(kept.folder, artifact=ArtifactId(kept.id))

    def identity(self, source: Source, path: str) -> str | None:
        operator = CATALOGUE.operator(source.operator)
        assert operator.identity is not None
        return operator.identity(**dict(operator.settings_type(path=path)), project=self.project)

    def rows(self, view: Dataset[Any]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = read_index(self.run.resolve(view.index)).to_pylist()
        return rows


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_every_source_of_images_is_here() -> None:
    # Sources of annotated images, for other tasks, have a suite of their own: test_formats.py.
    sources = {
        o.id
        for o in CATALOGUE
        if o.is_source
        and o.group == "data"
        and all(port.type == Dataset[ImageClassification] for port in o.outputs.values())
    } | {"data.digits", "data.survey"}
    assert {source.operator for source in SOURCES.values()} == sources - {
        "data.digits",
        "data.survey",
    }


@every_source
def test_the_index_says_what_is_there(bench: Bench, source: Source) -> None:
    view = bench.read(source, bench.write(source, ITEMS))
    assert view.task == ImageClassification.name
    assert (view.labels, view.channels, view.transforms) == (("rose", "tulip"), 3, ())
    table = read_index(bench.run.resolve(view.index))
    assert table.schema.names == index_schema().names
    assert [field.type for field in table.schema] == [field.type for field in index_schema()]
    rows = {row["digest"]: row for row in bench.rows(view)}
    assert len({row["id"] for row in rows.values()}) == len(rows) == len(ITEMS)
    for item in ITEMS:
        row = rows[sha256(item.content)]
        height, width, _ = decode_image(item.content, channels=3).shape
        assert (row["width"], row["height"]) == (width, height)
        assert view.labels[row["label"]] == item.label
        assert row["part"] == item.part


@every_source
def test_pixels_are_those_that_were_given(bench: Bench, source: Source) -> None:
    view = bench.read(source, bench.write(source, ITEMS))
    samples = open_samples(view, bench.run.resolve)
    by_digest = {sha256(item.content): item.content for item in ITEMS}
    for position, digest in enumerate(samples.digests):
        expected = decode_image(by_digest[digest], channels=3)
        assert np.array_equal(samples.read(position), expected)
    grey = open_samples(view.with_channels(1), bench.run.resolve, part="test")
    assert grey.read(0).shape == (4, 5, 1)


@every_source
def test_what_was_read_may_go_if_the_pixels_are_kept(bench: Bench, source: Source) -> None:
    path = bench.write(source, ITEMS)
    view = bench.read(source, path)
    bench.project.rename(bench.project.with_name("gone"))
    samples = open_samples(view, bench.run.resolve) if source.keeps else None
    if samples is None:
        assert view.media.startswith("path:")
    else:
        assert samples.read(0).shape == (4, 5, 3)


@every_source
def test_reading_twice_gives_the_same_artifact(tmp_path: Path, source: Source) -> None:
    ids = set()
    for name in ("first", "second"):
        bench = Bench(tmp_path / name)
        view = CATALOGUE.operator(source.operator)(path=bench.write(source, ITEMS), run=bench.run)
        staged = bench.run.artifacts.stage()
        DatasetCodec().save(view, staged, workdir=bench.run.workdir)
        ids.add(Manifest.of_folder(staged, media_type=DatasetCodec.media_type).id)
    assert len(ids) == 1


@every_source
def test_labels_can_be_left_out(bench: Bench, source: Source) -> None:
    view = bench.read(source, bench.write(source, ITEMS), labels="none")
    assert view.labels == ()
    assert {row["label"] for row in bench.rows(view)} == {None}


@every_source
def test_bad_images_are_named_or_left_out(bench: Bench, source: Source) -> None:
    path = bench.write(source, [*ITEMS, BAD])
    with pytest.raises(InvalidData) as caught:
        bench.read(source, path)
    problem, summary = caught.value.diagnostics
    assert problem.code == summary.code == "I005"
    assert problem.message.endswith("cannot be used: it is damaged, cut short or no image")
    assert summary.message == "1 of 7 images cannot be used"
    view = bench.read(source, path, on_bad="skip")
    assert {row["digest"] for row in bench.rows(view)} == {sha256(i.content) for i in ITEMS}
    assert view.remarks[0].startswith("skipped 1 bad images, for instance ")
    assert len(open_samples(view, bench.run.resolve)) == len(ITEMS)


@every_source
def test_nothing_but_bad_images_is_an_error(bench: Bench, source: Source) -> None:
    path = bench.write(source, [BAD, BAD._replace(name="8.png", part="test")])
    with pytest.raises(InvalidData, match="2 of 2 images cannot be used"):
        bench.read(source, path, on_bad="skip")


@every_source
def test_its_identity_changes_when_the_content_does_and_only_then(
    bench: Bench, source: Source
) -> None:
    path = bench.write(source, ITEMS)
    before = bench.identity(source, path)
    (bench.project / "notes.txt").write_text("not an image")
    assert bench.identity(source, path) == before
    bench.write(source, [*ITEMS, Item("8.png", encoded(80, width=40), "tulip", "test")])
    assert bench.identity(source, path) != before


@every_source
def test_a_missing_path_is_refused_before_anything_runs(bench: Bench, source: Source) -> None:
    with pytest.raises(InvalidData) as caught:
        bench.identity(source, "nowhere")
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.setting) == ("I001", "path")


@every_source
def test_remarks_tell_of_one_class_and_of_single_images(bench: Bench, source: Source) -> None:
    view = bench.read(source, bench.write(source, [ITEMS[0], ITEMS[4]]))
    assert view.remarks == (
        "all labelled images are of one class, rose: there is nothing to tell apart",
    )
    other = Bench(bench.project.parent / "other")
    few = other.read(source, other.write(source, [ITEMS[0], ITEMS[4], ITEMS[5]]))
    assert few.remarks == ("tulip has a single image, which can be in one part only",)


@every_source
def test_remarks_tell_of_animations(bench: Bench, source: Source) -> None:
    import io

    import PIL.Image

    stream = io.BytesIO()
    frames = [PIL.Image.new("RGB", (5, 4), colour) for colour in ("red", "blue")]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    moving = Item("9.gif", stream.getvalue(), "rose", "train")
    view = bench.read(source, bench.write(source, [*ITEMS, moving]))
    (remark,) = view.remarks
    assert remark.startswith("1 images are animations or have pages, for instance ")
    samples = open_samples(view, bench.run.resolve)
    position = list(samples.digests).index(sha256(moving.content))
    assert samples.read(position)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("name", ["folder", "list", "parquet of a hub", "arrow"])
def test_symbolic_links_are_not_followed(bench: Bench, name: str) -> None:
    source = SOURCES[name]
    path = bench.write(source, ITEMS)
    inside = [p for p in (bench.project / path).rglob("*") if p.is_file()]
    files = inside or list((bench.project / "files").glob("*"))
    secret = bench.project.parent / "secret"
    files[0].rename(secret)
    files[0].symlink_to(secret)
    try:
        view = bench.read(source, path)
    except InvalidData:
        return
    assert len(bench.rows(view)) < len(ITEMS)
    assert any("ymbolic" in remark for remark in view.remarks)
