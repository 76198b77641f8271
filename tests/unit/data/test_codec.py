from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netloom.core.artifacts import Manifest
from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.data.codec import DatasetCodec
from netloom.data.transforms.sizing import Resize
from netloom.data.view import Dataset

CODEC = DatasetCodec()
OWNER, OTHER = ArtifactId("ab" * 32), ArtifactId("cd" * 32)


def staged(tmp_path: Path, name: str = "staged") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def test_written_files_move_into_the_artifact(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    view = make_array(4, transforms=(Resize(size=8),))
    folder = staged(tmp_path)
    assert CODEC.save(view, folder, workdir=tmp_path) == ()
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["index.parquet", "media.npy", "view.json"]
    assert not (tmp_path / "media.npy").exists()
    loaded = CODEC.load(folder, artifact=OWNER)
    assert loaded == replace(
        view, index=f"artifact:{OWNER}/index.parquet", media=f"artifact:{OWNER}/media.npy"
    )


def test_media_of_another_artifact_is_referred_to(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    view = make_array(4, media=f"artifact:{OTHER}/media.npy")
    folder = staged(tmp_path)
    assert CODEC.save(view, folder, workdir=tmp_path) == (OTHER,)
    assert CODEC.load(folder, artifact=OWNER).media == f"artifact:{OTHER}/media.npy"


def test_arrow_files_are_media_like_others(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    (tmp_path / "rows.arrow").write_bytes(b"ARROW1")
    view = make_array(2, media="work:rows.arrow", media_kind="arrow", media_column="photo")
    folder = staged(tmp_path)
    assert CODEC.save(view, folder, workdir=tmp_path) == ()
    assert (folder / "media.arrow").read_bytes() == b"ARROW1"
    loaded = CODEC.load(folder, artifact=OWNER)
    assert (loaded.media, loaded.media_column) == (f"artifact:{OWNER}/media.arrow", "photo")


def test_a_users_folder_stays_where_it_is(
    tmp_path: Path, make_folder: Callable[..., Dataset[Any]]
) -> None:
    view = make_folder([(4, 4)], media="path:pictures")
    folder = staged(tmp_path)
    assert CODEC.save(view, folder, workdir=tmp_path) == ()
    assert CODEC.load(folder, artifact=OWNER).media == "path:pictures"
    assert (tmp_path / "pictures").is_dir()


def test_equal_data_give_equal_artifacts(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    ids = set()
    for name in ("first", "second"):
        folder = staged(tmp_path, name)
        refs = CODEC.save(make_array(20, channels=3), folder, workdir=tmp_path)
        ids.add(Manifest.of_folder(folder, media_type=CODEC.media_type, refs=refs).id)
    assert len(ids) == 1


def test_the_preview_counts_parts_classes_and_sizes(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    view = make_array(
        4,
        labels=[0, 1, 1, None],
        parts=["train", "train", "test", None],
        remarks=("skipped 1 bad files",),
        transforms=(Resize(size=8),),
    )
    folder = staged(tmp_path)
    CODEC.save(view, folder, workdir=tmp_path)
    assert CODEC.preview(folder) == {
        "task": "image_classification",
        "labels": ["even", "odd"],
        "channels": 1,
        "transforms": ["resize"],
        "remarks": ["skipped 1 bad files"],
        "samples": 4,
        "parts": {"train": 2, "test": 1, "none": 1},
        "classes": {
            "even": {"train": 1, "test": 0, "none": 0},
            "odd": {"train": 1, "test": 1, "none": 0},
            "none": {"train": 0, "test": 0, "none": 1},
        },
        "sizes": [{"width": 4, "height": 4, "samples": 4}],
        "num_sizes": 1,
        "first_ids": ["image-0", "image-1", "image-2", "image-3"],
        "examples": [
            {"number": 0, "label": "even", "part": "train"},
            {"number": 1, "label": "odd", "part": "train"},
            {"number": 3, "label": None, "part": None},
            {"number": 2, "label": "odd", "part": "test"},
        ],
    }


def test_examples_are_eight_of_as_many_classes_as_possible(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    folder = staged(tmp_path)
    CODEC.save(make_array(20, labels=[0] * 17 + [1] * 3), folder, workdir=tmp_path)
    examples = CODEC.preview(folder)["examples"]
    assert [example["number"] for example in examples] == [0, 17, 1, 18, 2, 19, 3, 4]


def test_a_data_set_that_was_not_written_is_refused(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    view = make_array(4, index="work:elsewhere.parquet")
    with pytest.raises(InvalidData) as caught:
        CODEC.save(view, staged(tmp_path), workdir=tmp_path)
    assert caught.value.diagnostics[0].code == "X206"


def test_a_damaged_description_is_refused(tmp_path: Path) -> None:
    folder = staged(tmp_path)
    (folder / "view.json").write_text("{")
    with pytest.raises(InvalidData) as caught:
        CODEC.load(folder, artifact=OWNER)
    assert caught.value.diagnostics[0].code == "I020"


def test_saved_pixels_are_the_ones_given(
    tmp_path: Path, make_array: Callable[..., Dataset[Any]]
) -> None:
    folder = staged(tmp_path)
    CODEC.save(make_array(3, side=2), folder, workdir=tmp_path)
    assert np.load(folder / "media.npy")[:, 0, 0, 0].tolist() == [0, 1, 2]
