"""A small data set of objects, and a slow computation of a detector's metrics."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import dense_examples as dense
import numpy as np

from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.datasets import Samples
from netloom.data.objects import objects_column
from netloom.data.scene_loaders import SceneBatch
from netloom.models.d_fine_presets import d_fine_preset
from netloom.models.spec import DFine

LABELS = ("square", "bar", "column")
_SIZES = {"square": (3, 3), "bar": (5, 2), "column": (2, 4)}
_THRESHOLDS = [0.5 + 0.05 * step for step in range(10)]


def shapes(folder: Path, enlarged: int = 1) -> Samples:
    """Bright shapes on a dark ground, none in the last picture, a crowd in the one before."""
    rng = np.random.default_rng(0)
    column: list[list[ObjectAnnotation]] = []
    for row, name in enumerate(dense.NAMES):
        label = LABELS[row % 3]
        width, height = _SIZES[label]
        picture = rng.integers(0, 60, (8, 8), dtype=np.uint8)
        left, top = rng.integers(0, (9 - width, 9 - height)).tolist()
        box = Box(*(enlarged * side for side in (left, top, left + width, top + height)))
        objects = [ObjectAnnotation(box=box, label=label, is_crowd=row == 12)]
        if row == 13:
            objects = []
        else:
            picture[top : top + height, left : left + width] += 180
        picture = picture.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
        dense.write_levels(folder / "media" / f"{name}.png", picture)
        column.append(objects)
    objects = objects_column(column, {name: place for place, name in enumerate(LABELS)})
    return dense.opened(folder, "object_detection", {"objects": objects}, labels=LABELS)


def large_shapes(folder: Path) -> Samples:
    """The same, large enough for a network that shrinks pictures early."""
    return shapes(folder, enlarged=2)


def tiny_d_fine() -> DFine:
    """Two layers of 16 features, shown two objects at a time."""
    preset = d_fine_preset("micro")
    small = {
        "backbone_config": {
            **preset["backbone_config"],
            "embedding_size": 8,
            "hidden_sizes": [8, 12, 16],
        },
        "encoder_in_channels": [8, 12, 16],
        "encoder_hidden_dim": 16,
        "encoder_ffn_dim": 16,
        "encoder_attention_heads": 2,
        "d_model": 16,
        "decoder_in_channels": [16, 16, 16],
        "decoder_ffn_dim": 16,
        "decoder_attention_heads": 2,
        "decoder_n_points": 2,
        "lqe_hidden_dim": 8,
        "num_denoising": 2,
    }
    return DFine(architecture={**preset, **small})


def slow_detection(outputs: Any, batch: SceneBatch) -> dict[str, float]:
    """Place by place, object by object."""
    logits, boxes, quality, places = (tensor.tolist() for tensor in outputs)
    truths = _truths(batch)
    sums = {"classes": 0.0, "boxes": 0.0, "weights": 0.0, "quality": 0.0, "positives": 0.0}
    for image, truth in enumerate(truths):
        said = zip(logits[image], boxes[image], quality[image], places[image], strict=True)
        _add_loss(sums, list(said), truth)
    loss = sums["classes"] / sums["positives"] + 2.0 * sums["boxes"] / sums["weights"]
    loss += 0.5 * sums["quality"] / sums["positives"]
    kept = [_kept(*said) for said in zip(logits, boxes, quality, strict=True)]
    return {**_precisions(kept, truths), "loss": loss}


def slow_queries(outputs: Any, batch: SceneBatch) -> dict[str, float]:
    """Query by query. Every picture has one object at most, so the cheapest query is its own."""
    logits, boxes = (tensor.tolist() for tensor in outputs)
    truths = _truths(batch)
    side = batch.images_NCHW.shape[3]
    loss = sum(
        _query_loss(rows, [_shares(box, side) for box in found], truth, side)
        for rows, found, truth in zip(logits, boxes, truths, strict=True)
    )
    count = sum(not is_crowd for truth in truths for _, _, is_crowd in truth)
    kept = [
        sorted(
            (
                (_sigmoid(value), label, box)
                for row, box in zip(rows, found, strict=True)
                for label, value in enumerate(row)
                if _sigmoid(value) >= 0.05
            ),
            key=lambda candidate: -candidate[0],
        )[:100]
        for rows, found in zip(logits, boxes, strict=True)
    ]
    return {**_precisions(kept, truths), "loss": loss / count}


def _truths(batch: SceneBatch) -> list[list[tuple[int, list[float], bool]]]:
    assert batch.objects is not None
    return [
        list(
            zip(
                objects.labels_M.tolist(),
                objects.boxes_M4.tolist(),
                objects.crowd_M.tolist(),
                strict=True,
            )
        )
        for objects in batch.objects
    ]


def _precisions(kept: Any, truths: Any) -> dict[str, float]:
    found: dict[int, list[tuple[float, int, bool | None, float]]] = defaultdict(list)
    totals: dict[int, int] = defaultdict(int)
    for image, truth in enumerate(truths):
        for label, _, is_crowd in truth:
            totals[label] += not is_crowd
        for label in range(len(LABELS)):
            chosen = [each for each in kept[image] if each[1] == label]
            for threshold in _THRESHOLDS:
                own = [each for each in truth if each[0] == label]
                found[label] += _matched(chosen, own, threshold, image)
    ap = {
        (label, threshold): _average_precision(
            [each for each in found[label] if each[3] == threshold], totals[label]
        )
        for label in totals
        if totals[label]
        for threshold in _THRESHOLDS
    }
    return {
        "ap": sum(ap.values()) / len(ap),
        "ap50": sum(ap[label, 0.5] for label in totals) / len(totals),
    }


def _query_loss(rows: Any, boxes: Any, truth: Any, side: int) -> float:
    """Varifocal loss of all queries; distance and overlap of the one that is to find the object."""
    sought = [(label, box) for label, box, is_crowd in truth if not is_crowd]
    own, label, overlap, loss = -1, -1, 0.0, 0.0
    if sought:
        (label, box) = sought[0]
        wanted = _shares(box, side)
        own = min(
            range(len(rows)), key=lambda query: _cost(rows[query][label], boxes[query], wanted)
        )
        overlap = _iou(_corners(boxes[own]), _corners(wanted))
        loss += 5.0 * _distance(boxes[own], wanted)
        loss += 2.0 * (1.0 - _giou(_corners(boxes[own]), _corners(wanted)))
    for query, row in enumerate(rows):
        for place, value in enumerate(row):
            p = _sigmoid(value)
            if query == own and place == label:
                loss -= overlap * (overlap * math.log(p) + (1.0 - overlap) * math.log(1.0 - p))
            else:
                loss -= 0.75 * p**2 * math.log(1.0 - p)
    return loss


def _cost(value: float, box: Any, wanted: Any) -> float:
    p = _sigmoid(value)
    yes, no = 0.25 * (1 - p) ** 2 * -math.log(p + 1e-8), 0.75 * p**2 * -math.log(1 - p + 1e-8)
    giou = _giou(_corners(box), _corners(wanted))
    return 2.0 * (yes - no) + 5.0 * _distance(box, wanted) - 2.0 * giou


def _shares(box: Any, side: int) -> list[float]:
    left, top, right, bottom = (value / side for value in box)
    middle = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    return [min(max(value, 0.0), 1.0) for value in middle]


def _corners(box: Any) -> list[float]:
    x, y, width, height = box
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def _distance(one: Any, two: Any) -> float:
    return float(sum(abs(a - b) for a, b in zip(one, two, strict=True)))


def _kept(logits: Any, boxes: Any, quality: Any) -> list[tuple[float, int, list[float]]]:
    candidates = [
        (math.sqrt(_sigmoid(value) * _sigmoid(quality[place])), label, boxes[place])
        for place, row in enumerate(logits)
        for label, value in enumerate(row)
    ]
    kept: list[tuple[float, int, list[float]]] = []
    for each in sorted(candidates, key=lambda candidate: -candidate[0]):
        if each[0] >= 0.05 and not any(
            each[1] == other[1] and _iou(each[2], other[2]) > 0.6 for other in kept
        ):
            kept.append(each)
    return kept[:100]


def _matched(
    chosen: Any, truth: Any, threshold: float, image: int
) -> list[tuple[float, int, bool | None, float]]:
    """Score, image, and whether it is right; None if it does not count."""
    taken: set[int] = set()
    rows = []
    for score, _, box in chosen:
        free = [
            (_iou(box, other), place)
            for place, (_, other, is_crowd) in enumerate(truth)
            if not is_crowd and place not in taken
        ]
        best = max(free, default=(0.0, -1))
        if best[0] >= threshold:
            taken.add(best[1])
            rows.append((score, image, True, threshold))
            continue
        crowds = [_shared(box, other) / _area(box) for _, other, is_crowd in truth if is_crowd]
        is_in_crowd = max(crowds, default=0.0) >= threshold
        rows.append((score, image, None if is_in_crowd else False, threshold))
    return rows


def _average_precision(rows: Any, total: int) -> float:
    curve, right, counted = [], 0, 0
    for _, _, is_right, _ in sorted(rows, key=lambda row: -row[0]):
        if is_right is None:
            continue
        right += is_right
        counted += 1
        curve.append((right / total, right / counted))
    levels = [step / 100 for step in range(101)]
    return sum(max([p for r, p in curve if r >= level], default=0.0) for level in levels) / 101


def _add_loss(sums: dict[str, float], said: Any, truth: Any) -> None:
    steps = [place[2] for _, _, _, place in said]
    ends = (min(steps), max(steps))
    for row, box, trust, (x, y, step) in said:
        own = [
            (_area(other), label, other)
            for label, other, is_crowd in truth
            if not is_crowd and _answers((x, y, step), other, ends)
        ]
        in_crowd = any(is_crowd and _inside(x, y, other) for _, other, is_crowd in truth)
        if in_crowd and not own:
            continue
        wanted = min(own)[1] if own else -1
        for label, value in enumerate(row):
            p = _sigmoid(value)
            if label == wanted:
                sums["classes"] -= 0.25 * (1 - p) ** 2 * math.log(p)
            else:
                sums["classes"] -= 0.75 * p**2 * math.log(1 - p)
        if own:
            target = min(own)[2]
            weight = max(_centreness(x, y, target), 0.05)
            sums["boxes"] += weight * (1 - _giou(box, target))
            sums["weights"] += weight
            q, p = _iou(box, target), _sigmoid(trust)
            sums["quality"] -= q * math.log(p) + (1 - q) * math.log(1 - p)
            sums["positives"] += 1


def _answers(place: tuple[float, float, float], box: Any, ends: tuple[float, float]) -> bool:
    x, y, step = place
    finest, coarsest = ends
    left, top, right, bottom = box
    off = max(abs(x - (left + right) / 2), abs(y - (top + bottom) / 2))
    length = max(right - left, bottom - top)
    fits = (step == coarsest or length <= 8 * step) and (step == finest or length > 4 * step)
    return fits and ((off < 1.5 * step and _inside(x, y, box)) or off <= step / 2)


def _inside(x: float, y: float, box: Any) -> bool:
    return bool(box[0] < x < box[2] and box[1] < y < box[3])


def _centreness(x: float, y: float, box: Any) -> float:
    sides = ((x - box[0], box[2] - x), (y - box[1], box[3] - y))
    shares = [max(min(pair), 0.0) / max(1e-6, *pair) for pair in sides]
    return math.sqrt(math.prod(shares))


def _area(box: Any) -> float:
    return float(max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0))


def _shared(one: Any, two: Any) -> float:
    wide = min(one[2], two[2]) - max(one[0], two[0])
    high = min(one[3], two[3]) - max(one[1], two[1])
    return float(max(wide, 0.0) * max(high, 0.0))


def _iou(one: Any, two: Any) -> float:
    shared = _shared(one, two)
    return shared / (_area(one) + _area(two) - shared)


def _giou(one: Any, two: Any) -> float:
    around = (max(one[2], two[2]) - min(one[0], two[0])) * (
        max(one[3], two[3]) - min(one[1], two[1])
    )
    union = _area(one) + _area(two) - _shared(one, two)
    return _iou(one, two) - (around - union) / around


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
