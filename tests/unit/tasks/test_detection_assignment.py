from __future__ import annotations

import numpy as np
import pytest
import torch

from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.objects import ObjectColumn, Objects, no_objects, objects_column
from netloom.tasks.object_detection import assignment as detection_assignment
from netloom.tasks.object_detection.assignment import Assignment, assigned, padded_targets

LABELS = {"cat": 0, "dog": 1}


def objects(*annotations: ObjectAnnotation) -> Objects:
    return ObjectColumn(objects_column([annotations], LABELS)).at(0)


def cat(*box: float, crowd: bool = False, label: str | None = "cat") -> ObjectAnnotation:
    return ObjectAnnotation(box=Box(*box), label=label, is_crowd=crowd)


def grid(size: int, *steps: int) -> torch.Tensor:
    rows = [
        [x + step / 2, y + step / 2, float(step)]
        for step in steps
        for y in range(0, size, step)
        for x in range(0, size, step)
    ]
    return torch.tensor([rows])


def assign(*samples: Objects, places: torch.Tensor, known: bool = True) -> Assignment:
    return assigned(
        padded_targets(samples, len(LABELS)),
        places.expand(len(samples), -1, -1),
        torch.full((len(samples),), known),
        radius=1.5,
    )


def positives(found: Assignment, places: torch.Tensor) -> list[list[float]]:
    return places[0][found.is_positive_NP[0]].tolist()


def test_places_near_the_middle_of_an_object_answer_for_it() -> None:
    places = grid(32, 4)
    found = assign(objects(cat(8, 8, 24, 24)), places=places)
    near = (14.0, 18.0)
    assert positives(found, places) == [[x, y, 4.0] for y in near for x in near]
    assert found.boxes_NP4[found.is_positive_NP].tolist() == [[8, 8, 24, 24]] * 4


def test_an_object_smaller_than_a_cell_has_the_cell_of_its_middle() -> None:
    places = grid(16, 8)
    found = assign(objects(cat(1, 1, 2, 2)), places=places)
    assert positives(found, places) == [[4.0, 4.0, 8.0]]


@pytest.mark.parametrize(("side", "step"), [(6, 4), (32, 4), (33, 8), (64, 8), (65, 16), (120, 16)])
def test_the_map_is_chosen_by_the_length_of_the_object(side: int, step: int) -> None:
    places = grid(128, 4, 8, 16)
    found = assign(objects(cat(4, 4, 4 + side, 8)), places=places)
    assert {place[2] for place in positives(found, places)} == {float(step)}


def test_of_two_objects_the_smaller_one_is_answered_for() -> None:
    places = grid(32, 4)
    pair = objects(cat(2, 2, 30, 30), cat(13, 13, 19, 19, label="dog"))
    found = assign(pair, places=places)
    place = places[0].tolist().index([14.0, 14.0, 4.0])
    assert found.classes_NP[0, place].item() == 1


def test_a_crowd_is_neither_found_nor_told_to_be_nothing() -> None:
    places = grid(32, 8)
    found = assign(objects(cat(0, 0, 16, 16, crowd=True)), places=places)
    assert not found.is_positive_NP.any()
    told = places[0][~found.is_counted_NP[0]].tolist()
    assert told == [[x, y, 8.0] for y in (4.0, 12.0) for x in (4.0, 12.0)]


def test_an_object_of_unknown_class_is_ignored_like_a_crowd() -> None:
    places = grid(32, 8)
    unknown = assign(objects(cat(0, 0, 16, 16, label=None)), places=places)
    crowd = assign(objects(cat(0, 0, 16, 16, crowd=True)), places=places)
    assert torch.equal(unknown.is_counted_NP, crowd.is_counted_NP)
    assert not unknown.is_positive_NP.any()


def test_a_picture_without_objects_is_all_background() -> None:
    found = assign(no_objects(), places=grid(32, 8))
    assert not found.is_positive_NP.any()
    assert found.is_counted_NP.all()


def test_a_picture_that_nobody_looked_at_says_nothing() -> None:
    found = assign(objects(cat(0, 0, 16, 16)), places=grid(32, 8), known=False)
    assert not found.is_positive_NP.any()
    assert not found.is_counted_NP.any()


def test_a_box_without_an_area_is_no_object() -> None:
    assert not assign(objects(cat(4, 4, 4, 9)), places=grid(32, 8)).is_positive_NP.any()


def test_it_does_not_matter_how_many_samples_are_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    samples = []
    for _ in range(7):
        corners = rng.uniform(0, 100, (int(rng.integers(0, 6)), 2))
        samples.append(objects(*(cat(x, y, x + 20, y + 14) for x, y in corners.tolist())))
    places = grid(128, 4, 8, 16)
    together = assign(*samples, places=places)
    monkeypatch.setattr(detection_assignment, "_MOST_NUMBERS", 1)
    for one, two in zip(together, assign(*samples, places=places), strict=True):
        assert torch.equal(one, two)
