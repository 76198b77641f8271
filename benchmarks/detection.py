"""Metrics and suppression of object detection, against pycocotools and a plain loop.

Claims: COCO's metrics of 5 000 pictures with 25 found objects each in a few seconds of CPU time, at least ten
times as fast as pycocotools with the same numbers; suppression of 10 000 boxes of 80 classes in under half a
second. One thread on every side. pycocotools is no dependency: its row is left out if it is not installed.

Suppression is measured in NumPy and in torch (which is meant for GPUs, here on the CPU) beside a floor: one
comparison of every box with every other in NumPy. Both are O(n²), as torchvision's is, which is no dependency
and therefore no row; that they are exact is checked by the tests.

    python benchmarks/detection.py [--repetitions 3] [--pictures 5000]
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from peers import row
from threadpoolctl import threadpool_limits

from netloom.tasks.object_detection.box_suppression import box_areas, kept_boxes, shared_areas
from netloom.tasks.object_detection.coco_matching import Truth, matched
from netloom.tasks.object_detection.coco_metrics import coco_metrics
from netloom.tasks.object_detection.detections import Found
from netloom.tasks.object_detection.device_suppression import is_kept

CLASSES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=5000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        results = [
            *metrics_rows(options.pictures, options.repetitions),
            *suppression_rows(options.repetitions),
        ]
    for result in results:
        print(json.dumps(result))


def metrics_rows(count: int, repetitions: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    truths = [scene(rng) for _ in range(count)]
    found = [guesses(rng, truth) for truth in truths]
    values: dict[str, float] = {}

    def own() -> None:
        values.update(coco_metrics(matched(found, truths, CLASSES), CLASSES).overall())

    rows = [row(f"coco metrics, {count} pictures", timed(own, repetitions), "s")]
    if importlib.util.find_spec("pycocotools") is not None:
        expected: list[float] = []
        call = reference(found, truths, expected)
        rows.append(row(f"pycocotools, {count} pictures", timed(call, 1), "s"))
        assert abs(values["ap"] - expected[0]) < 1e-9, (values["ap"], expected[0])
    return rows


def suppression_rows(repetitions: int) -> list[dict[str, Any]]:
    rows = []
    for count, classes in ((1000, 1), (1000, 80), (10_000, 80), (10_000, 1)):
        rng = np.random.default_rng(0)
        corners = rng.random((count, 2)) * 600
        boxes = np.concatenate([corners, corners + rng.random((count, 2)) * 80], axis=1)
        scores, labels = rng.random(count), rng.integers(0, classes, count)
        name = f"suppression, {count} boxes of {classes} classes"
        seconds = timed(lambda: kept_boxes(boxes, scores, labels, overlap=0.6), repetitions)  # noqa: B023
        rows.append(row(name, seconds, "s"))
        order = np.argsort(-scores, kind="stable")
        ordered = torch.from_numpy(boxes[order])[None], torch.from_numpy(labels[order])[None]
        seconds = timed(lambda: is_kept(*ordered, overlap=0.6), repetitions)  # noqa: B023
        rows.append(row(f"{name}, torch", seconds, "s"))
    seconds = timed(lambda: all_pairs(boxes), repetitions)
    rows.append(row(f"floor: all pairs of {count} boxes", seconds, "s"))
    return rows


def all_pairs(boxes: Any) -> None:
    """Areas shared by all pairs, in blocks."""
    for start in range(0, len(boxes), 256):
        shared_areas(boxes[start : start + 256], boxes)


def scene(rng: Generator) -> Truth:
    count = int(rng.integers(0, 15))
    corners = rng.uniform(0, 500, (count, 2))
    boxes = np.concatenate([corners, corners + np.exp(rng.uniform(2, 5.5, (count, 2)))], axis=1)
    return Truth(boxes, rng.integers(0, CLASSES, count), rng.random(count) < 0.05, box_areas(boxes))


def guesses(rng: Generator, truth: Truth) -> Found:
    """Mostly near true objects, with every degree of exactness."""
    count = int(rng.integers(0, 51)) if len(truth.labels_M) else 0
    near = rng.integers(0, max(len(truth.labels_M), 1), count)
    sides = np.tile(truth.boxes_M4[near, 2:] - truth.boxes_M4[near, :2], 2)
    boxes = truth.boxes_M4[near] + rng.normal(0, 0.1, (count, 4)) * rng.random((count, 1)) * sides
    is_right = rng.random(count) < 0.8
    labels = np.where(is_right, truth.labels_M[near], rng.integers(0, CLASSES, count))
    return Found(boxes, rng.random(count), labels)


def reference(
    found: Sequence[Found], truths: Sequence[Truth], values: list[float]
) -> Callable[[], None]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def sized(boxes: Any) -> Any:
        return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).tolist()

    annotations = [
        {"image_id": image, "category_id": label, "bbox": box, "area": area, "iscrowd": int(crowd)}
        for image, truth in enumerate(truths)
        for label, box, area, crowd in zip(
            truth.labels_M.tolist(),
            sized(truth.boxes_M4),
            truth.areas_M.tolist(),
            truth.crowd_M.tolist(),
            strict=True,
        )
    ]
    guessed = [
        {"image_id": image, "category_id": label, "bbox": box, "score": score}
        for image, each in enumerate(found)
        for label, box, score in zip(
            each.labels_D.tolist(), sized(each.boxes_D4), each.scores_D.tolist(), strict=True
        )
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        true = COCO()
        true.dataset = {
            "images": [{"id": image} for image in range(len(truths))],
            "annotations": [{"id": place + 1, **each} for place, each in enumerate(annotations)],
            "categories": [{"id": label} for label in range(CLASSES)],
        }
        true.createIndex()
        results = true.loadRes(guessed)

    def evaluate() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            run = COCOeval(true, results, "bbox")
            run.evaluate()
            run.accumulate()
            run.summarize()
        values[:] = run.stats.tolist()

    return evaluate


def timed(call: Callable[[], object], repetitions: int) -> list[float]:
    """CPU seconds: on a shared machine wall time measures the neighbours as well."""
    seconds = []
    for _ in range(repetitions):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return seconds


if __name__ == "__main__":
    main()
