"""The tables of a detector's report: classes, confusions, sizes, and every metric with its meaning.

Shape legend: K classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.object_detection.coco_matching import SIZES
from netloom.tasks.object_detection.evaluation import DetectionOutcome
from netloom.tasks.sections import Cell, HeatMapSection, TableSection
from netloom.tasks.wording import UNKNOWN, percent, percent_range, share_cell

NOTHING = "(nothing)"
_IN_LABEL_ORDER = 20
_MOST_ROWS = 300
_MOST_IN_HEAT_MAP = 30
_SIZES = {
    "small": "up to 32² pixels",
    "medium": "32² to 96² pixels",
    "large": "96² pixels and more",
}

MEANINGS: dict[str, tuple[str, str]] = {
    "ap": ("AP", "mean over overlaps of 0.50, 0.55 … 0.95 and over classes: COCO's main number"),
    "ap50": ("AP50", "average precision where an overlap of 0.50 is enough, as in Pascal VOC"),
    "ap75": ("AP75", "where 0.75 is asked for"),
    "ap_small": ("AP small", "AP of objects of up to 32² pixels"),
    "ap_medium": ("AP medium", "of 32² to 96² pixels"),
    "ap_large": ("AP large", "of 96² pixels and more"),
    "ar1": ("AR1", "share found with one guess per picture and class, mean over overlaps"),
    "ar10": ("AR10", "with ten"),
    "ar100": ("AR100", "with a hundred"),
    "ar_small": ("AR small", "AR100 of objects of up to 32² pixels"),
    "ar_medium": ("AR medium", "of 32² to 96² pixels"),
    "ar_large": ("AR large", "of 96² pixels and more"),
}
"""Name and meaning of every metric, in the order in which they are shown."""


def errors_of(outcome: DetectionOutcome) -> dict[str, int]:
    """``right``, ``wrong`` (class), ``false`` and ``missed`` objects of all pictures."""
    verdicts = outcome.verdicts
    wrong = sum(each.num_wrong for each in verdicts)
    return {
        "right": sum(int((each.partner_D >= 0).sum()) for each in verdicts) - wrong,
        "wrong": wrong,
        "false": sum(each.num_false for each in verdicts),
        "missed": sum(len(each.missed) for each in verdicts),
    }


def classes_section(outcome: DetectionOutcome, labels: Sequence[str]) -> TableSection:
    """One row per class; of many classes the weakest come first."""
    by_class = outcome.metrics.by_class()
    confusion = outcome.confusion(len(labels))
    objects_K = outcome.metrics.truths_KA[:, 0]
    order = list(range(len(labels)))
    score = percent(outcome.score, digits=0)
    text = f"In percent. Precision and recall are those of scores from {score} on."
    if len(labels) > _IN_LABEL_ORDER:
        ap_K = by_class["ap"]
        order = np.argsort(np.where(np.isnan(ap_K), np.inf, ap_K), kind="stable").tolist()
        text += f" The weakest of {len(labels)} classes come first."
    if len(order) > _MOST_ROWS:
        order = order[:_MOST_ROWS]
        text += f" {_MOST_ROWS} are shown; the metrics hold all of them."
    rows: list[tuple[Cell | str, ...]] = []
    for place in order:
        right = int(confusion[place, place])
        rows.append(
            (
                labels[place],
                f"{objects_K[place]}",
                *(share_cell(float(by_class[name][place])) for name in ("ap", "ap50", "ap75")),
                _share(right, int(confusion[:, place].sum())),
                _share(right, int(confusion[place].sum())),
                f"{confusion[place, -1]}",
                f"{confusion[-1, place]}",
            )
        )
    return TableSection(
        title="Classes",
        columns=(
            "Class",
            "Objects",
            "AP",
            "AP50",
            "AP75",
            "Precision",
            "Recall",
            "Missed",
            "False",
        ),
        rows=tuple(rows),
        text=text,
    )


def confusion_section(outcome: DetectionOutcome, labels: Sequence[str]) -> HeatMapSection:
    """Which class is found where another, or nothing, is; of many classes those with most mistakes."""
    counts = outcome.confusion(len(labels))
    names = [*labels, NOTHING]
    shown = np.arange(len(names))
    text = (
        f"A row is a true class. The last column is what was missed, the last row what was found where "
        f"nothing is. Scores from {percent(outcome.score, digits=0)} on, overlaps from one half on."
    )
    if len(names) > _MOST_IN_HEAT_MAP:
        mistakes = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
        mistakes[-1] = mistakes.max() + 1
        shown = np.sort(np.argsort(-mistakes, kind="stable")[:_MOST_IN_HEAT_MAP])
        text += f" Of {len(labels)} classes, the {len(shown) - 1} with most mistakes are shown."
    return HeatMapSection(
        title="Confusions",
        labels=tuple(names[place] for place in shown.tolist()),
        counts=tuple(tuple(row) for row in counts[np.ix_(shown, shown)].tolist()),
        totals=tuple(counts[shown].sum(axis=1).tolist()),
        row_axis="what is there",
        column_axis="what was found",
        text=text,
    )


def sizes_section(outcome: DetectionOutcome) -> TableSection:
    """How the size of an object matters."""
    overall, truths_KA = outcome.metrics.overall(), outcome.metrics.truths_KA
    rows = tuple(
        (
            Cell(text=size.capitalize(), detail=_SIZES[size]),
            f"{truths_KA[:, place].sum()}",
            share_cell(overall[f"ap_{size}"]),
            share_cell(overall[f"ar_{size}"]),
        )
        for place, size in enumerate(SIZES)
        if size in _SIZES
    )
    return TableSection(
        title="Sizes",
        columns=("Size", "Objects", "AP", "AR100"),
        rows=rows,
        is_narrow=True,
        text="By the area of an object in the picture as it is stored; in percent.",
    )


def all_metrics_section(
    overall: Mapping[str, float], ranges: Mapping[str, Interval]
) -> TableSection:
    """Every metric with its interval and its meaning."""
    none = Interval(math.nan, math.nan)
    rows = tuple(
        (title, meaning, percent(overall[name]), percent_range(ranges.get(name, none)))
        for name, (title, meaning) in MEANINGS.items()
    )
    return TableSection(
        title="All metrics",
        columns=("Metric", "Meaning", "Value", "95 % interval"),
        rows=rows,
        names=(0, 1),
        text="As the COCO evaluation defines them. Intervals by bootstrap over the pictures.",
    )


def _share(part: int, whole: int) -> Cell:
    return share_cell(part / whole) if whole else Cell(text=UNKNOWN)
