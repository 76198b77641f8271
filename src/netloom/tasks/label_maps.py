"""What each pixel of a picture shows, as an array and as JSON.

Shape legend: N samples, K classes, H height, W width (of the network's input, or of a picture).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.objects import BACKGROUND
from netloom.data.rasterization import UNKNOWN

if TYPE_CHECKING:
    from netloom.data.apply.motion import Motion

LabelMap = NDArray[np.uint8]
"""uint8 HW, positions in the label space; 255 where nothing is said."""


def label_map(scores_KHW: NDArray[np.float32], motion: Motion) -> LabelMap:
    """The most probable class of each pixel of the picture, before any transform.

    Probabilities are taken back to the picture before the best is chosen, so that borders between classes
    are finer than the network's pixels. Pixels that a crop has cut off get 255.

    Example:
        >>> from netloom.data.apply.geometry import Scaled
        >>> from netloom.data.apply.motion import Motion
        >>> halved = Motion((2, 4)).then(Scaled(1, 2))
        >>> label_map(np.array([[[0.9, 0.0]], [[0.1, 1.0]]], np.float32), halved).tolist()
        [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    if motion.is_none:
        return np.asarray(scores_KHW.argmax(axis=0), np.uint8)
    from netloom.data.apply.back_to_picture import pixels_back

    scores_HWK = np.ascontiguousarray(scores_KHW.transpose(1, 2, 0))
    back_HWK = pixels_back(scores_HWK, motion, fill=-1.0)
    best_HW: LabelMap = back_HWK.argmax(axis=2).astype(np.uint8)
    best_HW[back_HWK[:, :, 0] < 0] = UNKNOWN
    return best_HW


def label_map_json(label_map_HW: LabelMap, labels: Sequence[str]) -> dict[str, Any]:
    """``{"classes": {label: share of the pixels}, "segments": [{"label", "area", "box", "rle"}]}``.

    Shares are those of the pixels of which something is said. There is a segment for each class that
    occurs, except the background: its pixels, the box around them (left, top, right, bottom), and their
    runs as COCO compresses them.

    Example:
        >>> found = label_map_json(np.array([[0, 1], [0, 1]], np.uint8), ("background", "cat"))
        >>> found["classes"], found["segments"][0]["box"], found["segments"][0]["rle"]["counts"]
        ({'background': 0.5, 'cat': 0.5}, [1, 0, 2, 2], '22')
    """
    counts_K = np.bincount(label_map_HW.reshape(-1), minlength=UNKNOWN + 1)[: len(labels)]
    total = max(1, int(counts_K.sum()))
    return {
        "classes": {label: int(n) / total for label, n in zip(labels, counts_K, strict=True)},
        "segments": [
            {
                "label": labels[index],
                "area": int(counts_K[index]),
                **_segment(label_map_HW == index),
            }
            for index in np.flatnonzero(counts_K).tolist()
            if not is_background(index, labels)
        ],
    }


def label_map_of_json(
    prediction: Mapping[str, Any], extent: tuple[int, ...]
) -> tuple[LabelMap, tuple[str, ...]]:
    """The label map of :func:`label_map_json`, and the names of its levels.

    What no segment covers is the background, or unknown where there is none.

    Example:
        >>> said = label_map_json(np.array([[0, 1], [0, 1]], np.uint8), ("background", "cat"))
        >>> label_map_of_json(said, (2, 2))[0].tolist()
        [[0, 1], [0, 1]]
    """
    from netloom.data.formats.annotated.coco_runs import mask_of_runs

    labels = tuple(prediction["classes"])
    has_background = bool(labels) and is_background(0, labels)
    label_map_HW = np.full(extent[:2], 0 if has_background else UNKNOWN, np.uint8)
    for segment in prediction["segments"]:
        label_map_HW[mask_of_runs(segment["rle"])] = labels.index(segment["label"])
    return label_map_HW, labels


def is_background(index: int, labels: Sequence[str]) -> bool:
    """Whether a class stands for everything that is no object: the first one, if it is called so."""
    return index == 0 and labels[0].lower() == BACKGROUND


def _segment(mask_HW: NDArray[np.bool_]) -> dict[str, Any]:
    from netloom.data.formats.annotated.coco_runs import runs_of_mask

    columns, rows = np.flatnonzero(mask_HW.any(axis=0)), np.flatnonzero(mask_HW.any(axis=1))
    box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    return {"box": box, "rle": runs_of_mask(mask_HW)}
