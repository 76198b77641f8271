from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.codec import summary_of
from netloom.data.index import index_table
from netloom.data.object_summary import objects_summary
from netloom.data.object_table import (
    ObjectTable,
    classes_in_parts,
    classes_of_samples,
    with_object_labels,
)
from netloom.data.objects import ObjectColumn, objects_column
from netloom.data.selection import selected_labels, with_selected

LABELS = ("cat", "dog", "cow")
POSITIONS = {name: place for place, name in enumerate(LABELS)}


def seen(label: str | None, side: float = 10, **more: Any) -> ObjectAnnotation:
    box = Box(1, 2, 1 + side, 2 + side)
    return ObjectAnnotation(box=box, label=label, outlines=(box.ring,), **more)


def index(*images: Any, parts: list[str | None] | None = None, **columns: Any) -> pa.Table:
    ids = [f"s{number}" for number in range(len(images))]
    table = index_table(ids=ids, digests=ids, sizes=[(64, 48)] * len(ids), parts=parts)
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values, pa.string()))
    return table.append_column("objects", objects_column(images, POSITIONS))


IMAGES = (
    [seen("cat", 4), seen("cat", 20)],
    [seen("dog", 40, text="rex"), seen("cat", 8)],
    None,
    [],
    [seen("cow", 600), seen(None, 10)],
)
PARTS: list[str | None] = ["train", "train", "test", None, "test"]


def test_all_objects_are_listed_with_their_samples() -> None:
    table = ObjectTable.of(pa.concat_tables([index(*IMAGES[:2]), index(*IMAGES[2:])]))
    assert table is not None
    assert table.samples_K.tolist() == [0, 0, 1, 1, 4, 4]
    assert table.labels_K.tolist() == [0, 0, 1, 0, 2, -1]
    assert table.sizes_K2[:, 0].tolist() == [4, 20, 40, 8, 600, 10]
    assert table.is_known_N.tolist() == [True, True, False, True, True]
    assert ObjectTable.of(index_table(ids=[], digests=[], sizes=[])) is None


def test_a_sample_counts_for_the_rarest_class_it_shows() -> None:
    assert classes_of_samples(index(*IMAGES)).tolist() == [0, 1, -1, -1, 2]
    labelled = index_table(ids=["a", "b"], digests=["a", "b"], sizes=[(1, 1)] * 2, labels=[1, None])
    assert classes_of_samples(labelled).tolist() == [1, -1]


def test_objects_are_renumbered_and_left_out_by_label() -> None:
    changed = with_object_labels(index(*IMAGES), [-1, 0, 1])
    assert changed["objects"].is_null().to_pylist() == [False, False, True, False, False]
    column = ObjectColumn(changed["objects"])
    assert [column.at(at).labels_M.tolist() for at in range(5)] == [[], [0], [], [], [1, -1]]
    dog = column.at(1)
    assert (dog.boxes_M4.tolist(), dog.texts) == ([[1, 2, 41, 42]], ("rex",))
    assert dog.outlines[0][0].tolist() == [[1, 2], [41, 2], [41, 42], [1, 42]]
    assert changed.schema.equals(index(*IMAGES).schema)


def test_choosing_classes_keeps_their_objects_and_the_images_that_show_them() -> None:
    names = selected_labels(LABELS, ["cow", "dog"])
    kept = with_selected(index(*IMAGES), LABELS, names, per_class=None, parts=(), seed=0)
    assert kept["id"].to_pylist() == ["s1", "s4"]
    column = ObjectColumn(kept["objects"])
    assert [column.at(at).labels_M.tolist() for at in range(2)] == [[0], [1, -1]]


def test_images_with_objects_are_thinned_out_by_class() -> None:
    table = index(*([[seen("cat")]] * 6 + [[seen("dog"), seen("cat")]] * 3))
    kept = with_selected(table, LABELS, LABELS, per_class=2, parts=(), seed=0)
    assert sorted(classes_of_samples(kept).tolist()) == [0, 0, 1, 1]


def test_the_background_is_there_with_any_class() -> None:
    assert selected_labels(("background", "cat", "dog"), ["dog"]) == ("background", "dog")
    assert selected_labels(("cat", "background"), ["cat"]) == ("cat",)


@pytest.mark.parametrize(("labels", "per_class"), [(("cat",), None), (LABELS, 3)])
def test_masks_cannot_be_chosen_by_class(labels: Any, per_class: Any) -> None:
    table = index(None, None, mask=["0.png", None])
    with pytest.raises(InvalidData) as caught:
        with_selected(table, LABELS, labels, per_class=per_class, parts=(), seed=0)
    assert caught.value.diagnostics[0].code == "I436"
    assert with_selected(table, LABELS, LABELS, per_class=None, parts=(), seed=0) is table


def test_a_preview_counts_objects_by_class_part_and_size() -> None:
    summary = summary_of(index(*IMAGES, parts=PARTS), LABELS)
    assert summary["classes"] == {
        "cat": {"train": 2, "test": 0, "none": 0},
        "dog": {"train": 1, "test": 0, "none": 0},
        "cow": {"train": 0, "test": 1, "none": 0},
        "none": {"train": 0, "test": 1, "none": 1},
    }
    objects = summary["objects"]
    assert objects["annotated"] == {"train": 2, "test": 1, "none": 1}
    assert objects["objects"] == {"train": 4, "test": 2, "none": 0}
    assert objects["objects_per_image"] == 1.5
    assert objects["classes"]["cat"] == {
        "samples": {"train": 2, "test": 0, "none": 0},
        "objects": {"train": 3, "test": 0, "none": 0},
    }
    assert [(band["below_px"], band["objects"]) for band in objects["box_sizes"]] == [
        (8, 1),
        (16, 2),
        (32, 1),
        (64, 1),
        (96, 0),
        (128, 0),
        (256, 0),
        (512, 0),
        (None, 1),
    ]
    assert [example["label"] for example in summary["examples"]] == [
        "cat",
        "dog",
        None,
        "cow",
        None,
    ]


def test_without_objects_there_is_nothing_to_count() -> None:
    assert objects_summary(index(None, None), LABELS, ["none", "none"]) is None


def test_a_part_shows_the_classes_of_its_objects_and_the_background() -> None:
    objects = ObjectTable.of(index(*IMAGES))
    assert objects is not None
    parts = ["train", "train", "test", "valid", "test"]
    shown = {(0, "train"), (1, "train"), (2, "test")}
    assert classes_in_parts(objects, parts, LABELS) == shown
    backgrounds = {(0, "train"), (0, "test"), (0, "valid")}
    assert classes_in_parts(objects, parts, ("Background", "a", "b")) == shown | backgrounds
