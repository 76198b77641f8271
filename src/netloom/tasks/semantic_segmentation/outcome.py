"""What a segmenter said about a part of a data set: counts of every picture, and a few pictures to show.

Shape legend: N samples, K classes, H height, W width, C kinds of counts.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.label_maps import LabelMap, label_map
from netloom.tasks.protocol import Scored
from netloom.tasks.semantic_segmentation.counts import PictureCounts

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

KEPT = 8
"""Pictures to show of the worst, and of the best."""


class Shown(NamedTuple):
    """A picture that is kept for the report.

    Attributes:
        mean_iou: Of this picture.
    """

    mean_iou: float
    position: int
    predicted_HW: LabelMap


@dataclass(frozen=True, eq=False)
class Segmented:
    """Everything a report needs; of the predictions only those are kept that it shows.

    Attributes:
        sums_NM: Counts of each picture, flattened (C, K).
        confusion_KL: Of all pictures, see :class:`PictureCounts`.
        mean_iou_N: Of each picture; NaN where nothing is known.
        worst: From the worst on.
        best: From the best on.
    """

    sums_NM: NDArray[np.float64]
    confusion_KL: NDArray[np.int64]
    mean_iou_N: NDArray[np.float64]
    worst: tuple[Shown, ...]
    best: tuple[Shown, ...]


def segmented(
    scored: Iterable[Scored],
    samples: Samples,
    num_classes: int,
    *,
    renumbered: Callable[[LabelMap], LabelMap] = lambda label_map_HW: label_map_HW,
) -> Segmented:
    """Count picture by picture, at the resolution of the pictures.

    Args:
        samples: Annotated, in the order of ``scored``.
        renumbered: Turns predictions into the label space that is counted in.
    """
    sums: list[NDArray[np.float64]] = []
    confusion_KL = np.zeros((num_classes, num_classes + 1), np.int64)
    ious: list[float] = []
    worst, best = _Extremes(-1.0), _Extremes(1.0)
    for position, said_HW in label_maps(scored):
        true_HW = samples.mask(position)
        assert true_HW is not None  # the samples are annotated
        predicted_HW = renumbered(said_HW)
        counts = PictureCounts.of(predicted_HW, true_HW, num_classes)
        sums.append(counts.by_class_CK.reshape(-1).astype(np.float64))
        confusion_KL += counts.confusion_KL
        ious.append(counts.mean_iou)
        for extremes in (worst, best):
            extremes.offer(Shown(counts.mean_iou, position, predicted_HW))
    shown_best = best.taken()
    among_best = {shown.position for shown in shown_best[: len(ious) // 2]}
    return Segmented(
        sums_NM=np.stack(sums),
        confusion_KL=confusion_KL,
        mean_iou_N=np.array(ious),
        worst=tuple(shown for shown in worst.taken() if shown.position not in among_best),
        best=tuple(shown for shown in shown_best if shown.position in among_best),
    )


def label_maps(scored: Iterable[Scored]) -> Iterator[tuple[int, LabelMap]]:
    """Position and predicted label map of each sample, one at a time."""
    for scores, batch in scored:
        positions: Sequence[int] = batch.indices_N.tolist()
        for position, scores_KHW, motion in zip(positions, scores, batch.motions, strict=True):
            yield position, label_map(scores_KHW, motion)


class _Extremes:
    """The few pictures whose IoU times ``sign`` is largest."""

    def __init__(self, sign: float) -> None:
        self._sign = sign
        self._heap: list[tuple[float, int, Shown]] = []

    def offer(self, shown: Shown) -> None:
        if math.isnan(shown.mean_iou):
            return
        entry = (self._sign * shown.mean_iou, -shown.position, shown)
        if len(self._heap) < KEPT:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def taken(self) -> list[Shown]:
        return [entry[2] for entry in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]
