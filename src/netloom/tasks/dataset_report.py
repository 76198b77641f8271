"""What the statistics of a data set say, as numbers for programs and as a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.datasets import Samples
from netloom.data.duplicates import Group
from netloom.data.statistics import DatasetStatistics
from netloom.data.view import PARTS
from netloom.tasks.drawing import thumbnail
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import Cell, Figure, GallerySection, Picture, Section, TableSection
from netloom.tasks.wording import percent

_MOST_GROUPS = 12
_MOST_OF_A_GROUP = 4
_MOST_CLASSES = 40
_SIDE = 128
_ASPECTS = (
    ("taller than 2 : 1", 0.0, 0.5),
    ("tall", 0.5, 0.8),
    ("about square", 0.8, 1.25),
    ("wide", 1.25, 2.0),
    ("wider than 2 : 1", 2.0, np.inf),
)
"""Ranges of width / height."""


def report_on_dataset(
    statistics: DatasetStatistics, samples: Samples, *, examples: int = 4
) -> Evaluation:
    """Numbers, figures and sections about a data set.

    Args:
        samples: The samples the statistics are about, to show some.
        examples: Pictures shown of each class.

    Raises:
        InvalidData: A picture cannot be read.
    """
    sections: list[Section] = [_classes(statistics), _sizes(statistics), _aspects(statistics)]
    if examples:
        sections.append(_examples(statistics, samples, examples))
    for title, text, groups in _kinds_of_groups(statistics):
        if groups:
            sections.append(_gallery(title, text, groups, statistics, samples))
    return Evaluation(
        metrics=dataset_metrics(statistics),
        figures=tuple(_figures(statistics)),
        sections=tuple(sections),
        remarks=tuple(_remarks(statistics)),
    )


def dataset_metrics(statistics: DatasetStatistics) -> dict[str, Any]:
    """The numbers as JSON.

    ``duplicates`` counts samples that are a copy of another one before them, ``near_duplicates`` likewise
    those that look like one; ``leaks`` are samples of a held-out part that also occur, or nearly, in a part
    before it; ``mean`` and ``std`` are on a scale of 0 to 1, one for each channel.
    """
    counts = statistics.num_per_class()
    smallest = min(counts, default=0)
    used = [part for part in (*PARTS, None) if part in statistics.parts]
    names = statistics.label_names
    per_part = {part: statistics.num_per_class(part) for part in PARTS if part in used}
    return {
        "samples": len(statistics),
        "classes": len(names),
        "unlabelled": statistics.num_unlabelled,
        "imbalance": max(counts) / smallest if smallest else None,
        "parts": {part or "none": statistics.parts.count(part) for part in used},
        "per_class": {
            name: {"all": counts[label], **{part: n[label] for part, n in per_part.items()}}
            for label, name in enumerate(names)
        },
        "width": _range(statistics.widths_N),
        "height": _range(statistics.heights_N),
        "tiny": len(statistics.tiny),
        "looked_at": len(statistics.looked_at),
        "mean": list(statistics.levels.mean),
        "std": list(statistics.levels.std),
        "duplicates": sum(len(group) - 1 for group in statistics.copies),
        "near_duplicates": sum(len(group) - 1 for group in statistics.lookalikes),
        "label_conflicts": len(statistics.conflicts),
        "leaks": {part: len(found) for part, found in statistics.leaks.items()},
    }


def _figures(statistics: DatasetStatistics) -> Iterator[Figure]:
    numbers = dataset_metrics(statistics)
    yield Figure(name="Images", value=f"{numbers['samples']}")
    yield Figure(
        name="Classes",
        value=f"{numbers['classes']}",
        detail=f"{numbers['unlabelled']} images without label" if numbers["unlabelled"] else "",
    )
    if numbers["imbalance"] is not None:
        yield Figure(
            name="Imbalance",
            value=f"{numbers['imbalance']:.1f} : 1",
            detail="largest to smallest class",
        )
    yield Figure(
        name="Duplicates",
        value=f"{numbers['duplicates']}",
        detail=f"{numbers['near_duplicates']} near duplicates",
    )
    for part, number in numbers["leaks"].items():
        share = number / statistics.parts.count(part)
        yield Figure(name=f"Leaks into {part}", value=f"{number}", detail=percent(share))


def _remarks(statistics: DatasetStatistics) -> Iterator[str]:
    names, counts = statistics.label_names, statistics.num_per_class()
    absent = [name for name, count in zip(names, counts, strict=True) if not count]
    if absent:
        yield f"No image of class {', '.join(absent[:5])}."
    for part, found in statistics.leaks.items():
        if found:
            yield (
                f"{len(found)} images of part {part} also occur, or nearly, in a part before it: "
                "what is measured there is too good."
            )
    if statistics.conflicts:
        yield f"{len(statistics.conflicts)} pictures occur several times with different labels."
    if statistics.tiny:
        yield f"{len(statistics.tiny)} images have a side below {statistics.tiny_px} pixels."
    if len(statistics.looked_at) < len(statistics):
        yield (
            f"Levels and near duplicates are of {len(statistics.looked_at)} images drawn at random."
        )


def _classes(statistics: DatasetStatistics) -> TableSection:
    parts = [part for part in PARTS if part in statistics.parts]
    columns = [statistics.num_per_class(), *(statistics.num_per_class(part) for part in parts)]
    rows = [
        (name, *(_count(column[label]) for column in columns))
        for label, name in enumerate(statistics.label_names)
    ]
    return TableSection(
        title="Classes",
        columns=("Class", "Images", *parts),
        rows=tuple(rows),
        text="" if rows else "The images have no labels.",
    )


def _count(number: int) -> Cell | str:
    return str(number) if number else Cell(text="0", tone="bad")


def _sizes(statistics: DatasetStatistics) -> TableSection:
    shares = (0, 5, 50, 95, 100)
    sides = (("Width", statistics.widths_N), ("Height", statistics.heights_N))
    return TableSection(
        title="Sizes in pixels",
        columns=("Side", "Least", "5 %", "Median", "95 %", "Most"),
        rows=tuple(
            (name, *(f"{level:g}" for level in np.percentile(side_N, shares)))
            for name, side_N in sides
            if len(side_N)
        ),
        is_narrow=True,
    )


def _aspects(statistics: DatasetStatistics) -> TableSection:
    aspects_N = statistics.widths_N / np.maximum(1, statistics.heights_N)
    counts = [int(((aspects_N >= low) & (aspects_N < high)).sum()) for _, low, high in _ASPECTS]
    total = max(1, len(statistics))
    return TableSection(
        title="Shapes",
        columns=("Shape", "Images", "Share"),
        rows=tuple(
            (name, str(count), percent(count / total))
            for (name, _, _), count in zip(_ASPECTS, counts, strict=True)
        ),
        is_narrow=True,
    )


def _examples(statistics: DatasetStatistics, samples: Samples, examples: int) -> GallerySection:
    pictures = []
    for label, name in enumerate(statistics.label_names[:_MOST_CLASSES]):
        positions = np.flatnonzero(statistics.labels_N == label)[:examples]
        pictures += [_picture(int(position), name, statistics, samples) for position in positions]
    hidden = len(statistics.label_names) - _MOST_CLASSES
    text = f"The first of each class; {hidden} more classes are not shown." if hidden > 0 else ""
    return GallerySection(title="Examples", pictures=tuple(pictures), text=text)


def _kinds_of_groups(
    statistics: DatasetStatistics,
) -> Iterator[tuple[str, str, Sequence[Group]]]:
    leaked = {position for found in statistics.leaks.values() for position in found}
    groups = (*statistics.lookalikes, *statistics.copies)
    leaking = [group for group in groups if leaked.intersection(group.positions)]
    yield "Leaks", "The same, or nearly the same, picture in several parts.", leaking
    yield "Conflicts", "The same picture with different labels.", statistics.conflicts
    yield "Near duplicates", "Pictures that look the same.", statistics.lookalikes
    yield "Duplicates", "Files that are equal to the byte.", statistics.copies


def _gallery(
    title: str,
    text: str,
    groups: Sequence[Group],
    statistics: DatasetStatistics,
    samples: Samples,
) -> GallerySection:
    pictures = [
        _picture(position, f"{number}: {_label(statistics, position)}", statistics, samples)
        for number, group in enumerate(groups[:_MOST_GROUPS], start=1)
        for position in group.positions[:_MOST_OF_A_GROUP]
    ]
    if len(groups) > _MOST_GROUPS:
        text += f" The first {_MOST_GROUPS} of {len(groups)} groups."
    return GallerySection(title=title, pictures=tuple(pictures), text=text)


def _picture(
    position: int, caption: str, statistics: DatasetStatistics, samples: Samples
) -> Picture:
    small = thumbnail(samples.read(position), side=_SIDE)
    return Picture(
        content=small.content,
        media_type=small.media_type,
        caption=caption,
        detail=statistics.parts[position] or "",
        source=statistics.ids[position],
    )


def _label(statistics: DatasetStatistics, position: int) -> str:
    label = int(statistics.labels_N[position])
    return statistics.label_names[label] if label >= 0 else "no label"


def _range(side_N: NDArray[np.int64]) -> dict[str, float]:
    if not len(side_N):
        return {}
    return {
        "min": int(side_N.min()),
        "median": float(np.median(side_N)),
        "max": int(side_N.max()),
    }
