from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import Resize
from netloom.data.transforms.spatial import Flip
from netloom.data.view import Dataset

VIEW: Dataset[Any] = Dataset(
    task="image_classification",
    index="artifact:ab/index.parquet",
    media="path:flowers",
    media_kind="folder",
    labels=("rose", "郁金香"),
    transforms=(Resize(size=(24, 32)), Flip(), Normalize(mean=(0.1, 0.2, 0.3))),
    channels=1,
    remarks=("ignored 2 empty folders",),
)


def test_a_view_survives_json() -> None:
    assert Dataset.from_json(json.loads(json.dumps(VIEW.to_json()))) == VIEW


def test_views_written_before_there_were_arrow_files_can_be_read() -> None:
    document = VIEW.to_json()
    del document["media_column"]
    assert Dataset.from_json(document) == VIEW


def test_adding_a_transform_returns_a_new_view() -> None:
    longer = VIEW.with_transform(Resize(size=8))
    assert longer.transforms == (*VIEW.transforms, Resize(size=8))
    assert len(VIEW.transforms) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"netloom_dataset": 2},
        {"transforms": [{"type": "resise"}]},
        {"transforms": [{"type": "resize", "size": 0}]},
        {"labels": None},
    ],
)
def test_documents_that_describe_no_data_set_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidData) as caught:
        Dataset.from_json({**VIEW.to_json(), **change})
    assert caught.value.diagnostics[0].code == "I020"


def test_describing_data_loads_no_heavy_library() -> None:
    program = (
        "import sys, netloom.data.view, netloom.data.codec, netloom.operators.image, "
        "netloom.operators.data; "
        "print([m for m in ('torch', 'cv2', 'pyarrow', 'sklearn', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
