from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from netloom.tasks.object_detection.box_suppression import kept_boxes
from netloom.tasks.object_detection.device_suppression import is_kept


def scene(count: int, seed: int) -> tuple[Any, Any, Any]:
    """Boxes on a coarse grid, so that many overlap by exactly the threshold, some without an area."""
    rng = np.random.default_rng(seed)
    boxes = rng.integers(0, 40, (count, 4))
    boxes[:, 2:] = boxes[:, :2] + rng.integers(0, 12, (count, 2))
    return boxes.astype(np.float32), rng.integers(0, 12, count) / 12, rng.integers(0, 3, count)


def kept_of(boxes: Any, scores: Any, labels: Any, overlap: float) -> list[int]:
    order = np.argsort(-scores, kind="stable")
    kept = is_kept(
        torch.from_numpy(boxes[order])[None], torch.from_numpy(labels[order])[None], overlap=overlap
    )
    return order[kept[0].numpy()].tolist()


@pytest.mark.parametrize("count", [0, 1, 2, 40, 256, 257, 700])
@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.6])
def test_it_gives_what_the_plain_loop_gives(count: int, overlap: float) -> None:
    boxes, scores, labels = scene(count, seed=count)
    expected = kept_boxes(boxes, scores, labels, overlap=overlap)
    assert kept_of(boxes, scores, labels, overlap) == expected.tolist()


def test_a_chain_in_which_every_verdict_depends_on_the_one_before() -> None:
    boxes = np.array([[3.0 * n, 0.0, 3.0 * n + 10.0, 10.0] for n in range(600)], np.float32)
    kept = kept_of(boxes, np.linspace(1.0, 0.1, 600), np.zeros(600, np.int64), 0.5)
    assert kept == list(range(0, 600, 2))


def test_pictures_of_a_batch_do_not_meet() -> None:
    scenes = [scene(90, seed) for seed in range(4)]
    orders = [np.argsort(-scores, kind="stable") for _, scores, _ in scenes]
    boxes = np.stack([boxes[order] for (boxes, _, _), order in zip(scenes, orders, strict=True)])
    labels = np.stack([labels[order] for (_, _, labels), order in zip(scenes, orders, strict=True)])
    kept = is_kept(torch.from_numpy(boxes), torch.from_numpy(labels), overlap=0.5)
    for row, (each, order) in enumerate(zip(scenes, orders, strict=True)):
        assert order[kept[row].numpy()].tolist() == kept_boxes(*each, overlap=0.5).tolist()


def test_candidates_that_are_not_reported_strike_out_nothing() -> None:
    boxes = torch.tensor([[[0.0, 0, 4, 4], [0, 0, 4, 4], [0, 0, 4, 4]]])
    kept = is_kept(boxes, torch.tensor([[-1, 2, -1]]), overlap=0.5)
    assert kept.tolist() == [[False, True, False]]
