"""Which found objects are right: the matching of the COCO evaluation, for all thresholds and sizes at once.

Lin et al. 2014, arXiv:1405.0312, as its reference implementation has it: within an image and a class, from
the best score down, each found object takes the free true object that it overlaps most, if by enough. What is
found in a crowd, or is of another size than asked for, counts neither for nor against.

Shape legend: D found objects, M true objects, A ranges of sizes, T thresholds, n pairs of image and class, G
true objects of each (padded).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.object_detection.box_suppression import box_areas
from netloom.tasks.object_detection.detections import Found

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""Overlaps that are enough, from easy to strict."""
_SMALL, _LARGE, _ALL = 32.0**2, 96.0**2, 1e10
SIZES: dict[str, tuple[float, float]] = {
    "all": (0.0, _ALL),
    "small": (0.0, _SMALL),
    "medium": (_SMALL, _LARGE),
    "large": (_LARGE, _ALL),
}
"""Areas in square pixels of the picture, both ends included."""

_MOST_OBJECTS = 100
"""Of a picture and a class; COCO's metrics look at no more."""

_Array = NDArray[Any]


class Truth(NamedTuple):
    """The objects that are in one picture.

    Attributes:
        boxes_M4: Left, top, right, bottom.
        labels_M: Positions in the label space; −1 where unknown: such an object counts like a crowd of
            every class.
        crowd_M: Whether each stands for many.
        areas_M: Square pixels, which decide about the size.
    """

    boxes_M4: _Array
    labels_M: NDArray[np.int64]
    crowd_M: NDArray[np.bool_]
    areas_M: _Array


class Matches(NamedTuple):
    """Found objects of all images, by image, class and falling score; at most 100 of an image and class.

    Attributes:
        images_D: Number of the image.
        labels_D: Class.
        scores_D: Score.
        ranks_D: Place among those of its image and class, from 0.
        right_DAT: Whether it is a true object of the size, found for the first time.
        counts_DAT: Whether it counts at all.
        truths_NKA: How many objects to find there are in each image, by class and size.
    """

    images_D: NDArray[np.int64]
    labels_D: NDArray[np.int64]
    scores_D: _Array
    ranks_D: NDArray[np.int64]
    right_DAT: NDArray[np.bool_]
    counts_DAT: NDArray[np.bool_]
    truths_NKA: NDArray[np.int64]


def matched(found: Sequence[Found], truths: Sequence[Truth], num_classes: int) -> Matches:
    """Match what was found in each picture with what is there.

    Example:
        >>> box = np.array([[0, 0, 40, 40]], np.float32)
        >>> one = Found(box, np.array([0.9], np.float32), np.array([0]))
        >>> truth = Truth(box, np.array([0]), np.array([False]), np.array([1600.0]))
        >>> matched([one], [truth], 1).right_DAT[0, :, 0].tolist()
        [True, False, True, False]
    """
    boxes_D4, finds = _flat_found(found, num_classes)
    true = _FlatTruths.of(truths, found, num_classes)
    ends = np.array(list(SIZES.values()))
    areas_D1 = box_areas(boxes_D4)[:, None]
    is_other_size_DA = (areas_D1 < ends[:, 0]) | (areas_D1 > ends[:, 1])
    shape = (len(boxes_D4), len(SIZES), len(THRESHOLDS))
    taken_DAT, ignored_DAT = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for pairs in _buckets(finds.keys_D, true.keys_M):
        _match_bucket(pairs, boxes_D4, true, taken_DAT, ignored_DAT)
    ignored_DAT |= ~taken_DAT & is_other_size_DA[:, :, None]
    return Matches(
        images_D=finds.keys_D // max(num_classes, 1),
        labels_D=finds.keys_D % max(num_classes, 1),
        scores_D=finds.scores_D,
        ranks_D=finds.ranks_D,
        right_DAT=taken_DAT & ~ignored_DAT,
        counts_DAT=~ignored_DAT,
        truths_NKA=true.counted(len(truths), num_classes),
    )


class _FlatFound(NamedTuple):
    """``keys_D`` is image · K + class."""

    keys_D: NDArray[np.int64]
    scores_D: _Array
    ranks_D: NDArray[np.int64]


def _flat_found(found: Sequence[Found], num_classes: int) -> tuple[_Array, _FlatFound]:
    images_D = np.repeat(np.arange(len(found)), [len(each.scores_D) for each in found])
    boxes_D4 = _joined([each.boxes_D4 for each in found], (0, 4))
    scores_D = _joined([each.scores_D for each in found], (0,))
    keys_D = images_D * num_classes + _joined([each.labels_D for each in found], (0,)).astype(int)
    order = np.lexsort((-scores_D, keys_D))
    keys_D = keys_D[order]
    ranks_D = np.arange(len(keys_D)) - np.searchsorted(keys_D, keys_D)
    is_kept_D = ranks_D < _MOST_OBJECTS
    order = order[is_kept_D]
    return boxes_D4[order], _FlatFound(keys_D[is_kept_D], scores_D[order], ranks_D[is_kept_D])


class _FlatTruths(NamedTuple):
    """True objects by image and class, in their order. ``ignored_MA``: crowds, and those of other sizes."""

    keys_M: NDArray[np.int64]
    boxes_M4: _Array
    crowd_M: NDArray[np.bool_]
    ignored_MA: NDArray[np.bool_]

    @classmethod
    def of(cls, truths: Sequence[Truth], found: Sequence[Found], num_classes: int) -> _FlatTruths:
        truths = [_with_unknown(truth, each) for truth, each in zip(truths, found, strict=True)]
        images_M = np.repeat(np.arange(len(truths)), [len(each.labels_M) for each in truths])
        keys_M = images_M * num_classes + _joined([t.labels_M for t in truths], (0,)).astype(int)
        order = np.argsort(keys_M, kind="stable")
        crowd_M = _joined([t.crowd_M for t in truths], (0,)).astype(np.bool_)
        areas_M1 = _joined([t.areas_M for t in truths], (0,))[:, None]
        ends = np.array(list(SIZES.values()))
        is_other_MA = (areas_M1 < ends[:, 0]) | (areas_M1 > ends[:, 1])
        return cls(
            keys_M[order],
            _joined([t.boxes_M4 for t in truths], (0, 4))[order],
            crowd_M[order],
            (crowd_M[:, None] | is_other_MA)[order],
        )

    def counted(self, num_images: int, num_classes: int) -> NDArray[np.int64]:
        counts = [
            np.bincount(self.keys_M[~ignored_M], minlength=num_images * num_classes)
            for ignored_M in self.ignored_MA.T
        ]
        return np.stack(counts, axis=-1).reshape(num_images, num_classes, len(SIZES))


def _with_unknown(truth: Truth, found: Found) -> Truth:
    """Objects of unknown class as crowds of every class that was found in the picture."""
    if not (truth.labels_M < 0).any():
        return truth
    known, unknown = np.flatnonzero(truth.labels_M >= 0), np.flatnonzero(truth.labels_M < 0)
    classes = np.unique(found.labels_D)
    rows = np.concatenate([known, np.repeat(unknown, len(classes))])
    labels_M = np.concatenate([truth.labels_M[known], np.tile(classes, len(unknown))])
    crowd_M = truth.crowd_M[rows] | (np.arange(len(rows)) >= len(known))
    return Truth(truth.boxes_M4[rows], labels_M, crowd_M, truth.areas_M[rows])


class _Pairs(NamedTuple):
    """Images and classes with both found and true objects, those with most found ones first.

    Attributes:
        first_n: First found object of each.
        lengths_n: How many there are.
        truths_nG: True objects of each; padded with the first.
        there_nG: False for padding.
    """

    first_n: NDArray[np.int64]
    lengths_n: NDArray[np.int64]
    truths_nG: NDArray[np.int64]
    there_nG: NDArray[np.bool_]


def _buckets(keys_D: NDArray[np.int64], keys_M: NDArray[np.int64]) -> Iterator[_Pairs]:
    """Pairs with similarly many true objects together, so that little is padded."""
    keys, first_n, lengths_n = np.unique(keys_D, return_index=True, return_counts=True)
    start_n = np.searchsorted(keys_M, keys)
    truths_n = np.searchsorted(keys_M, keys, side="right") - start_n
    sizes_n = np.ceil(np.log2(np.maximum(truths_n, 1))).astype(np.int64)
    for size in np.unique(sizes_n[truths_n > 0]):
        chosen = np.flatnonzero((sizes_n == size) & (truths_n > 0))
        chosen = chosen[np.argsort(-lengths_n[chosen], kind="stable")]
        across_G = np.arange(1 << int(size))
        there_nG = across_G < truths_n[chosen, None]
        truths_nG = start_n[chosen, None] + np.where(there_nG, across_G, 0)
        yield _Pairs(first_n[chosen], lengths_n[chosen], truths_nG, there_nG)


def _match_bucket(
    pairs: _Pairs,
    boxes_D4: _Array,
    true: _FlatTruths,
    taken_DAT: NDArray[np.bool_],
    ignored_DAT: NDArray[np.bool_],
) -> None:
    """One found object of every pair at a time, the surest first."""
    thresholds_T1 = np.minimum(THRESHOLDS, 1.0 - 1e-10)[:, None]
    crowd_nG = true.crowd_M[pairs.truths_nG]
    ignored_nA1G = true.ignored_MA[pairs.truths_nG].transpose(0, 2, 1)[:, :, None]
    is_free_nATG = np.repeat(
        np.repeat(pairs.there_nG[:, None, None], len(SIZES), axis=1), len(THRESHOLDS), axis=2
    )
    first_choice_nA1G = np.where(ignored_nA1G, 0.0, 2.0)  # the whole objects come before the others
    for rank in range(int(pairs.lengths_n.max(initial=0))):
        n = int(np.searchsorted(-pairs.lengths_n, -rank))
        places_n = pairs.first_n[:n] + rank
        overlaps_nG = _overlaps(boxes_D4[places_n], true, pairs.truths_nG[:n], crowd_nG[:n])
        overlaps_n11G = overlaps_nG[:, None, None]
        wanted_nATG = is_free_nATG[:n] & (overlaps_n11G >= thresholds_T1)
        if not wanted_nATG.any():
            continue
        value_nATG = np.where(wanted_nATG, overlaps_n11G + first_choice_nA1G[:n], -1.0)
        # Of equal overlaps the last one, as in the reference.
        best_nAT1 = value_nATG.shape[-1] - 1 - value_nATG[..., ::-1].argmax(axis=-1)[..., None]
        is_taken_nAT1 = np.take_along_axis(wanted_nATG, best_nAT1, axis=-1)
        is_ignored_nAT1 = np.take_along_axis(
            np.broadcast_to(ignored_nA1G[:n], wanted_nATG.shape), best_nAT1, axis=-1
        )
        taken_DAT[places_n] = is_taken_nAT1[..., 0]
        ignored_DAT[places_n] = (is_taken_nAT1 & is_ignored_nAT1)[..., 0]
        is_chosen_nATG = (np.arange(value_nATG.shape[-1]) == best_nAT1) & is_taken_nAT1
        is_free_nATG[:n] &= ~is_chosen_nATG | crowd_nG[:n, None, None]


def _overlaps(
    boxes_n4: _Array, true: _FlatTruths, truths_nG: NDArray[np.int64], crowd_nG: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Intersection over union; of a crowd over the found box, which may be one of many in it."""
    others_nG4 = true.boxes_M4[truths_nG].astype(np.float64)
    own_n14 = boxes_n4.astype(np.float64)[:, None]
    low = np.maximum(own_n14[..., :2], others_nG4[..., :2])
    high = np.minimum(own_n14[..., 2:], others_nG4[..., 2:])
    sides = np.maximum(high - low, 0.0)
    shared_nG = sides[..., 0] * sides[..., 1]
    own_n1 = box_areas(boxes_n4)[:, None]
    others = box_areas(others_nG4.reshape(-1, 4)).reshape(truths_nG.shape)
    whole_nG = np.where(crowd_nG, own_n1, own_n1 + others - shared_nG)
    overlaps_nG = np.zeros(shared_nG.shape)
    np.divide(shared_nG, whole_nG, out=overlaps_nG, where=whole_nG > 0)
    return overlaps_nG


def _joined(arrays: Sequence[_Array], empty: tuple[int, ...]) -> _Array:
    return np.concatenate(arrays) if arrays else np.zeros(empty)
