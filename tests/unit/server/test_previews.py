"""A small look into what nodes made, whatever kind it is."""

from __future__ import annotations

import io
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
from netloom.core.values import FileCodec, JsonCodec, Table
from netloom.data.codec import DatasetCodec
from netloom.data.formats.array import write_array_source
from netloom.data.formats.image_folder import index_image_folder
from netloom.execution.context import RunContext
from netloom.execution.events import NodeChanged, Output, RunChanged
from netloom.execution.states import RunState
from netloom.operators.data_tables import image_parquet

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
    value = Table("work:predictions.parquet")
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
