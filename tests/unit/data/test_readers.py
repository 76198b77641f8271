from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.data.path_text import text_from_path
from netloom.data.readers import ArrayImages, ArrowImages, FolderImages


def encoded(level: int) -> bytes:
    return bytes(cv2.imencode(".png", np.full((2, 3, 3), level, np.uint8))[1].tobytes())


def test_a_vanished_file_is_named(tmp_path: Path) -> None:
    reader = FolderImages(tmp_path, ["rose/1.png"], channels=3)
    with pytest.raises(InvalidData) as caught:
        reader.read(0)
    problem = caught.value.diagnostics[0]
    assert problem.code == "I010"
    assert str(tmp_path / "rose/1.png") in problem.message
    assert "No such file" in problem.message


def test_names_in_another_encoding_can_be_read(tmp_path: Path) -> None:
    name = "花.png".encode("gbk")
    (tmp_path / os.fsdecode(name)).write_bytes(encoded(0))
    reader = FolderImages(tmp_path, [text_from_path(os.fsdecode(name))], channels=3)
    assert reader.read(0).shape == (2, 3, 3)


def test_arrays_are_read_by_row_in_the_channels_asked_for(tmp_path: Path) -> None:
    grey = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    np.save(tmp_path / "grey.npy", grey)
    rows = np.array([2, 0])
    assert ArrayImages(tmp_path / "grey.npy", rows, channels=1).read(0).tolist() == [[[2]]]
    assert ArrayImages(tmp_path / "grey.npy", rows, channels=3).read(0).tolist() == [[[2, 2, 2]]]
    np.save(tmp_path / "colour.npy", np.full((3, 1, 1, 3), 90, np.uint8))
    assert ArrayImages(tmp_path / "colour.npy", rows, channels=1).read(1).tolist() == [[[90]]]


def test_a_reader_is_sent_to_workers_without_its_pixels(tmp_path: Path) -> None:
    np.save(tmp_path / "media.npy", np.zeros((100, 20, 20, 1), np.uint8))
    reader = ArrayImages(tmp_path / "media.npy", np.arange(100), channels=1)
    reader.read(0)
    packed = pickle.dumps(reader)
    assert len(packed) < 5000
    assert pickle.loads(packed).read(99).shape == (20, 20, 1)


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 4, 4, 1), np.uint8), np.zeros((9, 4, 4), np.uint8), np.zeros((9, 4, 4, 1))],
)
def test_an_array_that_does_not_match_the_index_is_refused(tmp_path: Path, array: Any) -> None:
    np.save(tmp_path / "media.npy", array)
    with pytest.raises(InvalidData) as caught:
        ArrayImages(tmp_path / "media.npy", np.array([8]), channels=1).read(0)
    assert caught.value.diagnostics[0].got == f"{array.dtype} of shape {array.shape}"


def test_pickled_arrays_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "media.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidData, match="Cannot read the images"):
        ArrayImages(tmp_path / "media.npy", np.array([0]), channels=1).read(0)


def write_arrow(path: Path, column: Any, *, form: str = "file", rows_per_batch: int = 2) -> Path:
    table = pa.table({"photo": column, "label": list(range(len(column)))})
    writer = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
    with writer(str(path), table.schema) as target:
        target.write_table(table, max_chunksize=rows_per_batch)
    return path


def arrow_reader(
    media: Path, files: list[str | None], rows: list[int], **changes: Any
) -> ArrowImages:
    settings: Any = {"column": "photo", "channels": 3, **changes}
    return ArrowImages(media, files, np.array(rows), **settings)


IMAGES = [encoded(level) for level in range(5)]
FORMS = {
    "bytes": pa.array(IMAGES, pa.binary()),
    "large bytes": pa.array(IMAGES, pa.large_binary()),
    "structs": pa.array([{"bytes": content, "path": "x.png"} for content in IMAGES]),
}


@pytest.mark.parametrize("form", ["file", "stream"])
@pytest.mark.parametrize("column", FORMS)
def test_rows_of_an_arrow_file_are_decoded(tmp_path: Path, form: str, column: str) -> None:
    media = write_arrow(tmp_path / "media.arrow", FORMS[column], form=form)
    reader = arrow_reader(media, [None] * 3, [4, 0, 3])
    assert [int(reader.read(place)[0, 0, 0]) for place in range(3)] == [4, 0, 3]
    assert arrow_reader(media, [None], [2], channels=1).read(0).shape == (2, 3, 1)


def test_rows_of_several_arrow_files_are_told_apart(tmp_path: Path) -> None:
    write_arrow(tmp_path / "a.arrow", FORMS["bytes"].slice(0, 2), form="stream")
    write_arrow(tmp_path / "b.arrow", FORMS["bytes"].slice(2, 3), form="stream")
    reader = arrow_reader(tmp_path, ["b.arrow", "a.arrow"], [0, 1])
    assert [int(reader.read(place)[0, 0, 0]) for place in range(2)] == [2, 1]
    again = pickle.loads(pickle.dumps(reader))
    assert int(again.read(0)[0, 0, 0]) == 2
    assert len(pickle.dumps(reader)) < 2000


@pytest.mark.parametrize(
    ("content", "row", "column", "said"),
    [
        (FORMS["bytes"], 7, "photo", "row 7"),
        (FORMS["bytes"], 0, "picture", "no column 'picture'"),
        (pa.array([None, b"x"], pa.binary()), 0, "photo", "the file is empty"),
        (pa.array([None, b"x"], pa.binary()), 1, "photo", "damaged, cut short or no image"),
        (pa.array(["a"]), 0, "photo", "its images are string, not bytes"),
    ],
)
def test_what_an_arrow_file_does_not_hold_is_said(
    tmp_path: Path, content: Any, row: int, column: str, said: str
) -> None:
    media = write_arrow(tmp_path / "media.arrow", content)
    with pytest.raises(InvalidData) as caught:
        arrow_reader(media, [None], [row], column=column).read(0)
    problem = caught.value.diagnostics[0]
    assert problem.code == "I010"
    assert said in problem.message
    assert str(media) in problem.message


@pytest.mark.parametrize("form", ["file", "stream"])
@pytest.mark.parametrize("keep", [0, 5, 100, 0.5, 0.9])
def test_arrow_files_cut_short_are_refused(tmp_path: Path, form: str, keep: float) -> None:
    media = write_arrow(tmp_path / "media.arrow", FORMS["bytes"], form=form)
    content = media.read_bytes()
    media.write_bytes(content[: int(keep if keep >= 1 or not keep else keep * len(content))])
    with pytest.raises(InvalidData) as caught:
        arrow_reader(media, [None], [4]).read(0)
    assert caught.value.diagnostics[0].code == "I010"


def test_offsets_that_lead_out_of_the_file_are_refused(tmp_path: Path) -> None:
    offsets = np.array([0, 2**30, 20], np.int32)
    column = pa.Array.from_buffers(
        pa.binary(), 2, [None, pa.py_buffer(offsets), pa.py_buffer(b"x" * 20)]
    )
    batch = pa.record_batch([column], ["photo"])
    with pa.ipc.new_stream(str(tmp_path / "media.arrow"), batch.schema) as target:
        target.write_batch(batch)
    with pytest.raises(InvalidData, match="damaged"):
        arrow_reader(tmp_path / "media.arrow", [None], [1]).read(0)
