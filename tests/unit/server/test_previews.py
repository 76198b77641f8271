"""A small look into what nodes made, whatever kind it is."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.core.reporter import SilentReporter
from netloom.core.values import FileCodec, JsonCodec, TableFile
from netloom.data.codec import DatasetCodec
from netloom.data.derived.found import with_found_objects
from netloom.data.formats.array import write_array_source
from netloom.data.formats.image_folder import index_image_folder
from netloom.data.mask_files import png_of_levels
from netloom.execution.context import RunContext
from netloom.execution.events import NodeChanged, Output, RunChanged
from netloom.execution.states import RunState
from netloom.operators.data_annotated import (
    detection,
    enhancement,
    segmentation,
    text_recognition,
)
from netloom.operators.data_tables import image_parquet
from netloom.tables.codec import TableCodec
from netloom.tables.columns import Column
from netloom.tables.table import OuterFile, Table, written_table

from .archives import GREEN, RED, png

NODE = NodeId("first")
GiveOut = Callable[..., str]


@pytest.fixture
def give_out(site: Any) -> GiveOut:
    """A run of ada's whose first node made this value; returns the address of that node."""

    def made(value: Any, codec: Any, work: Path) -> str:
        workspace = site.hosting.bench.workspace
        staged = workspace.artifacts.stage()
        refs = codec.save(value, staged, workdir=work)
        artifact = workspace.artifacts.commit(staged, media_type=codec.media_type, refs=refs)
        output = Output(
            artifact.id,
            codec.media_type,
            artifact.manifest.size_bytes,
            codec.preview(artifact.folder),
        )
        run, now = RunId(site.run()), time.time()
        workspace.store.emit(
            RunChanged(run, RunState.RUNNING, now),
            NodeChanged(run, NODE, RunState.QUEUED, now),
            NodeChanged(run, NODE, RunState.RUNNING, now, attempt=1),
            NodeChanged(run, NODE, RunState.SUCCEEDED, now, outputs={PortName("out"): output}),
        )
        return f"/runs/{run}/nodes/{NODE}"

    return made


def preview(site: Any, node: str) -> Any:
    answer = site.get("ada", f"{node}/outputs/out/preview")
    assert answer.status_code == 200, answer.text
    return answer.json()


def shown(site: Any, url: str) -> PIL.Image.Image:
    answer = site.get("ada", url.removeprefix("/api/v1"))
    assert answer.status_code == 200, answer.text
    return PIL.Image.open(io.BytesIO(answer.content))


def test_a_folder_is_shown_by_its_pictures(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    project = site.hosting.bench.workspace.project
    contents = {"red/1.png": RED, "red/2.png": RED, "green/3.png": GREEN}
    for name, colour in contents.items():
        file = project / "pictures" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(colour, width=300, height=200))
    root = project / "pictures"
    view = index_image_folder(
        root, tmp_path, media="path:pictures", reporter=SilentReporter(tmp_path)
    )
    found = preview(site, give_out(view, DatasetCodec(), tmp_path))
    assert (found["kind"], found["num_samples"], found["parts"]) == ("dataset", 3, {})
    assert found["classes"] == [
        {"name": "green", "num_images": 1, "parts": {}},
        {"name": "red", "num_images": 2, "parts": {}},
    ]
    assert [(image["number"], image["label"]) for image in found["images"]] == [
        (0, "green"),
        (1, "red"),
        (2, "red"),
    ]
    pictures = [shown(site, image["url"]) for image in found["images"]]
    assert {picture.size for picture in pictures} == {(160, 107)}
    assert [picture.getpixel((80, 60))[0] > 100 for picture in pictures] == [False, True, True]
    (project / "pictures/green/3.png").unlink()
    whole = found["images"][0]["url"].removeprefix("/api/v1").replace("size=160&", "")
    assert site.get("ada", whole).status_code == 404


def test_an_array_is_read_row_by_row(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    levels = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1) * 40
    images = np.broadcast_to(levels, (6, 5, 7, 1))
    view = write_array_source(
        tmp_path, images, [0, 1, 0, 1, 0, None], label_names=["even", "odd"], ids=list("abcdef"),
        parts=["train"] * 4 + ["test"] * 2,
    )  # fmt: skip
    node = give_out(view, DatasetCodec(), tmp_path)
    found = preview(site, node)
    assert found["parts"] == {"train": 4, "test": 2}
    assert found["classes"][0] == {
        "name": "even",
        "num_images": 3,
        "parts": {"train": 2, "test": 1},
    }
    for number in range(6):
        picture = shown(site, f"{node}/samples/{number}/image?size=160")
        assert (picture.format, picture.size) == ("PNG", (7, 5))
        assert picture.getpixel((3, 3)) == number * 40
    assert site.get("ada", f"{node}/samples/6/image").status_code == 404


def test_cells_of_arrow_files_are_shown(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    content = png(GREEN)
    table = pa.table({"image": [png(RED), content], "label": [0, 1]})
    pq.write_table(table, tmp_path / "some.parquet")
    run = RunContext.in_process(tmp_path / "run", project=tmp_path)
    view = image_parquet(path="some.parquet", run=run)
    node = give_out(view, DatasetCodec(), run.workdir)
    answer = site.get("ada", f"{node}/samples/1/image")
    assert (answer.content, answer.headers["content-type"]) == (content, "image/png")
    again = site.get(
        "ada", f"{node}/samples/1/image", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


def test_a_table_is_shown_by_its_first_rows(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": [f"picture {number}" for number in range(20)],
            "score": [float("nan"), *[0.5] * 19],
            "scores": [[0.25, 0.75]] * 20,
            "raw": [b"123"] * 20,
            "long": ["x" * 1000] * 20,
        }
    )
    pq.write_table(table, tmp_path / "predictions.parquet")
    value = TableFile("work:predictions.parquet")
    found = preview(site, give_out(value, FileCodec(), tmp_path))
    assert (found["kind"], found["table"]["num_rows"]) == ("table", 20)
    assert found["table"]["columns"] == ["id", "score", "scores", "raw", "long"]
    assert found["table"]["rows"][0] == [
        "picture 0",
        None,
        "[0.25, 0.75]",
        "3 bytes",
        "x" * 200 + "…",
    ]
    assert len(found["table"]["rows"]) == 8
    file = site.get("ada", found["file"].removeprefix("/api/v1"))
    assert file.status_code == 200


def test_a_large_table_is_shown_by_its_first_rows(
    site: Any, give_out: GiveOut, tmp_path: Path
) -> None:
    (tmp_path / "rows").mkdir()
    columns = {"id": list(range(20)), "x": [float("nan")] * 20, "m": [[("a", 1.0)]] * 20}
    schema = pa.schema(
        [("id", pa.int64()), ("x", pa.float64()), ("m", pa.map_(pa.string(), pa.float64()))]
    )
    pq.write_table(pa.table(columns, schema=schema), tmp_path / "rows" / "a.parquet")
    value = written_table("work:rows", lambda _: tmp_path / "rows", keys=["id"])
    found = preview(site, give_out(value, TableCodec(), tmp_path))
    assert (found["kind"], found["table"]["num_rows"]) == ("table", 20)
    assert found["table"]["columns"] == ["id", "x", "m"]
    assert found["table"]["rows"][1] == [1, None, "[('a', 1.0)]"]
    assert found["summary"]["keys"] == ["id"]


def test_a_table_is_looked_at_more_closely(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    columns = {"id": [2**60, 2, 3], "x": [float("nan"), None, 0.5], "s": ["a", "a", ""]}
    pq.write_table(pa.table(columns), tmp_path / "rows" / "a.parquet")
    value = written_table("work:rows", lambda _: tmp_path / "rows", keys=["id"], date="2026-01-30")
    node = give_out(value, TableCodec(), tmp_path)
    look = site.get("ada", f"{node}/outputs/out/table?rows=2").json()
    assert look["rows"] == [[str(2**60), "NaN", "a"], [2, None, "a"]]
    columns = {column["name"]: column for column in look.pop("columns")}
    assert [(name, column["type"], column["is_key"]) for name, column in columns.items()] == [
        ("id", "integer", True),
        ("x", "number", False),
        ("s", "text", False),
    ]
    assert columns["x"]["spread"] == {
        "missing": 1, "not_a_number": 1, "empty": 0, "distinct": 2, "of": "values",
        "low": 0.5, "high": 0.5, "mean": 0.5, "bars": [1], "values": [],
    }  # fmt: skip
    assert columns["s"]["spread"]["values"] == [
        {"value": "a", "count": 2},
        {"value": "", "count": 1},
    ]
    del look["rows"]
    assert look == {
        "num_rows": 3, "num_columns": 3, "num_looked_at": 3, "is_far": False, "keys": ["id"],
        "date": "2026-01-30", "location": "", "remarks": [],
    }  # fmt: skip


def test_a_file_with_a_table_is_looked_at_too(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    pq.write_table(pa.table({"s": [{"inner": 1}]}), tmp_path / "t.parquet")
    node = give_out(TableFile("work:t.parquet"), FileCodec(), tmp_path)
    look = site.get("ada", f"{node}/outputs/out/table").json()
    assert [column["type"] for column in look["columns"]] == ["struct<inner: int64>"]
    assert look["rows"] == [['{"inner": 1}']]


def test_what_cannot_be_looked_at_says_why(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    node = give_out(1, JsonCodec(), tmp_path)
    assert site.get("ada", f"{node}/outputs/out/table").status_code == 404
    outer = tmp_path / "outer"
    outer.mkdir()
    pq.write_table(pa.table({"x": [1]}), outer / "a.parquet")
    lost = OuterFile("a.parquet", 1, "an earlier moment")
    value = Table(f"path:{outer}", (Column("x", "integer"),), rows=1, outer=(lost,))
    answer = site.get("ada", f"{give_out(value, TableCodec(), tmp_path)}/outputs/out/table")
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["diagnostics"]] == ["T105"]
    far = Table("s3://bucket/t", (Column("x", "integer"),), rows=9, outer=())
    look = site.get("ada", f"{give_out(far, TableCodec(), tmp_path)}/outputs/out/table").json()
    assert (look["is_far"], look["rows"], look["num_rows"]) == (True, [], 9)
    assert look["columns"][0]["spread"] is None


@pytest.mark.parametrize("value", [{"accuracy": 0.5}, {"long": "x" * 5000}, None])
def test_values_are_told(site: Any, give_out: GiveOut, tmp_path: Path, value: Any) -> None:
    found = preview(site, give_out(value, JsonCodec(), tmp_path))
    assert (found["kind"], found["summary"]["value"]) == ("value", value)


def test_what_is_not_there_is_not_found(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    node = give_out(1, JsonCodec(), tmp_path)
    for path in (
        f"{node}/outputs/other/preview",
        f"{node}/samples/0/image",
        node.replace("first", "third") + "/outputs/out/preview",
        node.replace("first", "second") + "/outputs/out/preview",
    ):
        assert site.get("ada", path).status_code == 404, path
    assert site.get("bob", f"{node}/outputs/out/preview").status_code == 404


def test_nodes_of_components_have_an_address(site: Any) -> None:
    answer = site.get("ada", f"/runs/{site.run()}/nodes/part%2Ffirst/outputs/out/preview")
    assert answer.status_code == 404
    assert "part/first" in answer.json()["detail"]


def test_pictures_outside_the_folder_of_a_data_set_stay_there(
    site: Any, give_out: GiveOut, tmp_path: Path
) -> None:
    project = site.hosting.bench.workspace.project
    folder = project / "linked" / "a"
    folder.mkdir(parents=True)
    (folder / "1.png").write_bytes(png(RED))
    (project / "secret.png").write_bytes(png(GREEN))
    view = index_image_folder(
        project / "linked", tmp_path, media="path:linked", reporter=SilentReporter(tmp_path)
    )
    node = give_out(view, DatasetCodec(), tmp_path)
    (folder / "1.png").unlink()
    (folder / "1.png").symlink_to(project / "secret.png")
    assert site.get("ada", f"{node}/samples/0/image").status_code == 404


def write_coco(project: Path) -> None:
    """Two pictures of 320 × 240: a rose and two tulips in the first, nothing in the second."""
    boxes = [(1, [40, 30, 200, 150]), (2, [4, 4, 10, 10]), (2, [260, 180, 40, 40])]
    document = {
        "images": [
            {"id": number, "file_name": f"{number}.png", "width": 320, "height": 240}
            for number in (1, 2)
        ],
        "categories": [{"id": 1, "name": "rose"}, {"id": 2, "name": "tulip"}],
        "annotations": [
            {"id": id_, "image_id": 1, "category_id": category, "bbox": box, "iscrowd": 0}
            for id_, (category, box) in enumerate(boxes)
        ],
    }
    files = {"annotations.json": json.dumps(document).encode()}
    files |= {f"images/{number}.png": png(GREEN, width=320, height=240) for number in (1, 2)}
    for name, content in files.items():
        (project / "flowers" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "flowers" / name).write_bytes(content)
    return files


@pytest.fixture
def flowers(site: Any, give_out: GiveOut, tmp_path: Path) -> str:
    """The address of a node that read a COCO data set."""
    project = site.hosting.bench.workspace.project
    write_coco(project)
    run = RunContext.in_process(tmp_path / "run", project=project)
    return give_out(detection(path="flowers", run=run), DatasetCodec(), run.workdir)


def test_objects_are_counted_by_class_and_size(site: Any, flowers: str) -> None:
    found = preview(site, flowers)
    assert found["objects"] == {
        "num_objects": 3,
        "num_annotated": 2,
        "per_image": 1.5,
        "classes": [
            {"name": "rose", "num_objects": 1, "num_images": 1},
            {"name": "tulip", "num_objects": 2, "num_images": 1},
        ],
        "sizes": {"small": 1, "medium": 1, "large": 1},
    }
    assert (found["texts"], found["num_pairs"]) == (None, None)


def test_boxes_are_drawn_unless_the_picture_is_wanted_plain(site: Any, flowers: str) -> None:
    url = f"{flowers}/samples/0/image?size=160"
    annotated, plain = shown(site, url), shown(site, f"{url}&plain=true")
    assert annotated.size == plain.size == (160, 120)
    # The rose's box begins at 20, 15 in the small picture; the line lies around it.
    line, inside = annotated.getpixel((18, 50)), annotated.getpixel((70, 50))
    assert line[0] > 180
    assert inside[1] > 160 > inside[0]
    assert plain.getpixel((18, 50))[0] < 40
    tags = {site.get("ada", each).headers["etag"] for each in (url, f"{url}&plain=true")}
    assert len(tags) == 2
    whole = shown(site, f"{flowers}/samples/0/image?plain=true")
    assert whole.size == (320, 240)


def test_a_sample_is_told_with_its_objects_the_largest_first(site: Any, flowers: str) -> None:
    found = site.get("ada", f"{flowers}/samples/0?output=out").json()
    assert {name: found[name] for name in ("number", "id", "kind", "width", "num_objects")} == {
        "number": 0,
        "id": "images/1.png",
        "kind": "objects",
        "width": 320,
        "num_objects": 3,
    }
    assert [(each["label"], each["box"]) for each in found["objects"]] == [
        ("rose", [40, 30, 240, 180]),
        ("tulip", [260, 180, 300, 220]),
        ("tulip", [4, 4, 14, 14]),
    ]
    assert found["objects"][0]["colour"] == "#e69f00"
    second = site.get("ada", f"{flowers}/samples/1").json()
    assert (second["is_annotated"], second["objects"]) == (True, [])
    assert site.get("ada", f"{flowers}/samples/2").status_code == 404


def test_what_stages_have_added_to_samples_is_told(
    site: Any, give_out: GiveOut, tmp_path: Path
) -> None:
    project = site.hosting.bench.workspace.project
    write_coco(project)
    run = RunContext.in_process(tmp_path / "run", project=project)
    view = detection(path="flowers", run=run)
    box, corners = [40.0, 30.0, 240.0, 180.0], [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]]
    found = [
        {"label": "rose", "score": 0.5, "box": box},
        {"label": None, "score": 0.75, "box": box, "polygon": corners},
    ]
    about = json.dumps({"coarse": "flower", "score": 0.875, "source": "matched", "true": 3})
    index = run.resolve(view.index)
    table = with_found_objects(pq.read_table(index), [found, []])
    table = table.append_column("parent", pa.array(["garden.png", None]))
    table = table.append_column("box", pa.array([[4.0, 2.0, 10.0, 6.0], None]))
    table = table.append_column("attributes", pa.array([about, None]))
    pq.write_table(table, index)
    node = give_out(view, DatasetCodec(), run.workdir)
    first, second = (site.get("ada", f"{node}/samples/{number}").json() for number in (0, 1))
    assert first["origin"] == {
        "parent": "garden.png",
        "box": [4.0, 2.0, 14.0, 8.0],
        "coarse": "flower",
        "score": 0.875,
        "source": "matched",
    }
    assert first["num_found"] == 2
    assert first["found"] == [
        {"label": None, "score": 0.75, "box": box, "outlines": [[0, 0, 9, 0, 9, 9]]},
        {"label": "rose", "score": 0.5, "box": box, "outlines": []},
    ]
    nothing = {"origin": None, "found": [], "num_found": 0, "found_label": None}
    assert {name: second[name] for name in nothing} == nothing


def test_a_mask_is_laid_over_and_its_areas_are_told(
    site: Any, give_out: GiveOut, tmp_path: Path
) -> None:
    project = site.hosting.bench.workspace.project
    mask = np.zeros((120, 160), np.uint8)
    mask[:60] = 1
    for name, content in (("images/1.png", png(GREEN, width=160, height=120)),
                          ("masks/1.png", png_of_levels(mask))):  # fmt: skip
        (project / "sky" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "sky" / name).write_bytes(content)
    run = RunContext.in_process(tmp_path / "run", project=project)
    node = give_out(segmentation(path="sky", run=run), DatasetCodec(), run.workdir)
    picture = shown(site, f"{node}/samples/0/image?size=160")
    upper, lower = picture.getpixel((80, 20)), picture.getpixel((80, 100))
    assert upper != lower
    areas = site.get("ada", f"{node}/samples/0").json()["areas"]
    assert [area["share"] for area in areas] == [0.5, 0.5]


def test_texts_and_pairs_are_counted(site: Any, give_out: GiveOut, tmp_path: Path) -> None:
    project = site.hosting.bench.workspace.project
    files = {
        "lines/1.png": png(GREEN, width=64, height=16),
        "lines/2.png": png(RED, width=64, height=16),
        "lines/label.txt": "1.png,hello\n2.png,图像\n".encode(),
        "dark/train/input/1.png": png(GREEN, width=64, height=16),
        "dark/train/target/1.png": png(RED, width=64, height=16),
    }
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(content)
    run = RunContext.in_process(tmp_path / "run", project=project)
    lines = give_out(text_recognition(path="lines", run=run), DatasetCodec(), run.workdir)
    found = preview(site, lines)
    assert found["texts"] == {"num_texts": 2, "num_characters": 7}
    assert [image["text"] for image in found["images"]] == ["hello", "图像"]
    assert site.get("ada", f"{lines}/samples/1").json()["text"] == "图像"

    run = RunContext.in_process(tmp_path / "other", project=project)
    pairs = give_out(enhancement(path="dark", run=run), DatasetCodec(), run.workdir)
    assert preview(site, pairs)["num_pairs"] == 1
    halves = shown(site, f"{pairs}/samples/0/image?size=80")
    assert (halves.getpixel((16, 8))[1] > 160, halves.getpixel((48, 8))[0] > 160) == (True, True)
