"""What a survey of images found, as JSON for people and pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.duplicates import Group
from netloom.data.formats.rejects import Reject
from netloom.data.path_text import text_from_path
from netloom.data.statistics import DatasetStatistics
from netloom.data.view import PARTS

_MOST_LISTED = 100
_MOST_OF_A_GROUP = 20
_MOST_BARS = 20
_USUAL = 5


def findings_of(
    statistics: DatasetStatistics,
    *,
    image_bytes: int,
    rejects: Sequence[Reject],
    remarks: Sequence[str],
) -> dict[str, Any]:
    """The findings of a survey; lists are cut at a hundred entries, and then tell how many there are.

    Args:
        image_bytes: Sum over the images that can be used.
        rejects: Those that cannot.
    """
    parts = [part for part in PARTS if part in statistics.parts]
    sizes = Counter(zip(statistics.widths_N.tolist(), statistics.heights_N.tolist(), strict=True))
    usual = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_USUAL]
    return {
        "num_images": len(statistics),
        "num_unlabelled": statistics.num_unlabelled,
        "image_bytes": image_bytes,
        "layout": _layout(statistics, parts),
        "classes": list(_classes(statistics, parts)),
        "parts": {part: statistics.parts.count(part) for part in parts},
        "skipped": {
            "total": len(rejects),
            "files": [
                {"path": text_from_path(reject.name), "reason": reject.reason}
                for reject in rejects[:_MOST_LISTED]
            ],
        },
        "remarks": list(remarks),
        "width": side(statistics.widths_N),
        "height": side(statistics.heights_N),
        "usual_sizes": [
            {"width": width, "height": height, "num_images": number}
            for (width, height), number in usual
        ],
        "num_sizes": len(sizes),
        "duplicates": _groups(statistics.copies),
        "near_duplicates": _groups(statistics.lookalikes),
        "conflicts": _groups(statistics.conflicts),
        "leaks": [
            {"part": part, "num_images": len(found), "samples": list(found[:_MOST_LISTED])}
            for part, found in statistics.leaks.items()
            if found
        ],
        "mean": list(statistics.levels.mean),
        "std": list(statistics.levels.std),
    }


def group_numbers(statistics: DatasetStatistics) -> dict[int, int]:
    """For each sample that occurs several times, or nearly, the number of its group, from 0.

    Groups that look alike hold the copies of their members, so copies count on their own only outside them.
    """
    alike = {position for group in statistics.lookalikes for position in group.positions}
    apart = [group for group in statistics.copies if not alike.intersection(group.positions)]
    return {
        position: number
        for number, group in enumerate((*statistics.lookalikes, *apart))
        for position in group.positions
    }


def side(lengths_N: NDArray[np.int64]) -> dict[str, Any] | None:
    """Range, median and histogram of lengths in pixels; None of none.

    Bars are equally wide, at most twenty, and cover the range without gaps.

    >>> found = side(np.array([8, 8, 47]))
    >>> [(bar["low"], bar["high"], bar["num_images"]) for bar in found["bars"]][::19]
    [(8, 9, 2), (46, 47, 1)]
    """
    if not len(lengths_N):
        return None
    low, high = int(lengths_N.min()), int(lengths_N.max())
    width = -(-(high - low + 1) // _MOST_BARS)
    counts = np.bincount((lengths_N - low) // width)
    return {
        "min": low,
        "median": float(np.median(lengths_N)),
        "max": high,
        "bars": [
            {
                "low": low + place * width,
                "high": low + (place + 1) * width - 1,
                "num_images": number,
            }
            for place, number in enumerate(counts.tolist())
        ],
    }


def _layout(statistics: DatasetStatistics, parts: Sequence[str]) -> str:
    if parts:
        return "parts"
    return "classes" if statistics.label_names else "none"


def _classes(statistics: DatasetStatistics, parts: Sequence[str]) -> Iterator[dict[str, Any]]:
    totals = statistics.num_per_class()
    per_part = {part: statistics.num_per_class(part) for part in parts}
    for label, name in enumerate(statistics.label_names):
        yield {
            "name": name,
            "num_images": totals[label],
            "parts": {part: numbers[label] for part, numbers in per_part.items()},
        }


def _groups(groups: Sequence[Group]) -> dict[str, Any]:
    return {
        "num_groups": len(groups),
        "num_images": sum(map(len, groups)),
        "groups": [list(group.positions[:_MOST_OF_A_GROUP]) for group in groups[:_MOST_LISTED]],
    }
