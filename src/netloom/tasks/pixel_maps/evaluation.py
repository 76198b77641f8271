"""Measuring models that give numbers for every pixel, such as depths or normals, at the pictures' resolution.

Shape legend: N samples, M columns of sums, C channels, H height, W width.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.drawing import Thumbnail
from netloom.tasks.galleries import large_galleries
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation, Scored
from netloom.tasks.sample_sums import Measure, measured_once, sum_intervals
from netloom.tasks.sections import Cell, Figure, GallerySection, Picture, Section, TableSection
from netloom.tasks.wording import UNKNOWN, percent, percent_range

if TYPE_CHECKING:
    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples

Map = NDArray[np.float32]
"""float32 HWC; all channels 0 where nothing is known."""

Unit = Literal["share", "metres", "degrees", "number"]

KEPT = 8


class Meaning(NamedTuple):
    """A metric in words."""

    title: str
    unit: Unit
    text: str
    higher_is_better: bool = False


@dataclass(frozen=True, kw_only=True)
class MapKind:
    """What a task gives for each pixel, and how it is measured.

    Attributes:
        back: Scores of one sample (C, H, W) as a map of the picture before any transform.
        sums: What one picture adds to the sums, of a predicted and a true map; the first is the number of
            pixels that are known.
        measure: The metrics of sums.
        meanings: Of the metrics, the most important one first.
        thumbnail: Picture, predicted and true map.
    """

    back: Callable[[NDArray[np.float32], Motion], Map]
    sums: Callable[[Map, Map], NDArray[np.float64]]
    measure: Measure
    meanings: dict[str, Meaning]
    thumbnail: Callable[[NDArray[np.uint8], Map, Map], Thumbnail]

    @property
    def headline(self) -> str:
        """Name of the metric by which pictures and models are compared."""
        return next(iter(self.meanings))


class ShownMap(NamedTuple):
    """A picture that is kept for the report."""

    value: float
    position: int
    predicted_HWC: Map


@dataclass(frozen=True, eq=False)
class MapOutcome:
    """Sums of every picture, the headline metric of each, and the pictures to show, the worst first."""

    sums_NM: NDArray[np.float64]
    values_N: NDArray[np.float64]
    worst: tuple[ShownMap, ...]
    best: tuple[ShownMap, ...]


def map_outcome(kind: MapKind, scored: Iterable[Scored], samples: Samples) -> MapOutcome:
    """Measure picture by picture; only the predictions to show are kept."""
    sums: list[NDArray[np.float64]] = []
    values: list[float] = []
    worst: list[tuple[float, int, ShownMap]] = []
    best: list[tuple[float, int, ShownMap]] = []
    sign = -1.0 if kind.meanings[kind.headline].higher_is_better else 1.0
    for position, scores_CHW, motion in _one_by_one(scored):
        predicted_HWC, true_HWC = kind.back(scores_CHW, motion), true_map(samples, position)
        sums.append(kind.sums(predicted_HWC, true_HWC))
        value = measured_once(sums[-1][None], kind.measure).overall[kind.headline]
        values.append(value)
        if not math.isnan(value):
            shown = ShownMap(value, position, predicted_HWC)
            for heap, key in ((worst, sign * value), (best, -sign * value)):
                heapq.heappush(heap, (key, -position, shown))
                if len(heap) > KEPT:
                    heapq.heappop(heap)
    few = min(KEPT, len(values) // 2)
    return MapOutcome(
        np.stack(sums),
        np.array(values),
        _sorted(worst)[: max(1, len(values) - few)],
        _sorted(best)[:few],
    )


def true_map(samples: Samples, position: int) -> Map:
    """What is known about a picture, before any transform."""
    companion = samples.companion(position)
    assert companion is not None  # the samples are annotated
    return companion.pixels


def map_evaluation(
    kind: MapKind, scored: Iterable[Scored], samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Everything about the maps that a model gives for annotated samples.

    Args:
        bootstrap: Resampled sets of pictures for the 95 % intervals; 0 leaves them out.
    """
    outcome = map_outcome(kind, scored, samples)
    values = measured_once(outcome.sums_NM, kind.measure)
    ranges = sum_intervals(outcome.sums_NM, kind.measure, draws=bootstrap, seed=seed)
    sections: list[Section] = [
        *_galleries(kind, outcome, samples),
        _metrics_section(kind, values, ranges),
    ]
    return Evaluation(
        metrics={
            **map_document(values, ranges),
            "samples": len(outcome.values_N),
            "pixels": int(outcome.sums_NM[:, 0].sum()),
        },
        figures=_figures(kind, values, ranges, outcome),
        sections=tuple(sections),
        summary=_summary(kind, values, ranges, outcome),
    )


def map_document(values: Measures, ranges: Measures) -> dict[str, Any]:
    """Metrics and intervals as JSON; None where undefined."""
    return {
        **{name: None if math.isnan(v) else float(v) for name, v in values.overall.items()},
        "intervals": {
            name: None if math.isnan(ends.low) else [float(end) for end in ends]
            for name, ends in ranges.overall.items()
        },
    }


def written(value: float, unit: Unit) -> str:
    """A number with its unit.

    Example:
        >>> written(0.1234, "metres"), written(0.5, "share"), written(12.34, "degrees")
        ('0.123 m', '50.0 %', '12.3°')
    """
    if math.isnan(value):
        return UNKNOWN
    match unit:
        case "share":
            return percent(value)
        case "metres":
            return f"{value:.3f} m"
        case "degrees":
            return f"{value:.1f}°"
        case "number":
            return f"{value:.3f}"


def written_range(interval: Interval, unit: Unit) -> str:
    """An interval in the unit of its number; empty if it is undefined.

    Example:
        >>> written_range(Interval(1.0, 2.5), "degrees")
        '1.0–2.5'
    """
    if math.isnan(interval.low):
        return ""
    if unit == "share":
        return percent_range(interval)
    digits = 1 if unit == "degrees" else 3
    return f"{interval.low:.{digits}f}–{interval.high:.{digits}f}"


def _one_by_one(
    scored: Iterable[Scored],
) -> Iterator[tuple[int, NDArray[np.float32], Motion]]:
    for scores_NCHW, batch in scored:
        positions: Sequence[int] = batch.indices_N.tolist()
        yield from zip(positions, scores_NCHW, batch.motions, strict=True)


def _sorted(heap: list[tuple[float, int, ShownMap]]) -> tuple[ShownMap, ...]:
    return tuple(entry[2] for entry in sorted(heap, key=lambda entry: entry[:2], reverse=True))


def _figures(
    kind: MapKind, values: Measures, ranges: Measures, outcome: MapOutcome
) -> tuple[Figure, ...]:
    numbers = tuple(
        Figure(
            name=meaning.title,
            value=written(values.overall[name], meaning.unit),
            detail=written_range(ranges.overall[name], meaning.unit),
        )
        for name, meaning in list(kind.meanings.items())[:4]
    )
    pixels = f"{int(outcome.sums_NM[:, 0].sum()):,} known pixels"
    return (*numbers, Figure(name="Pictures", value=f"{len(outcome.values_N)}", detail=pixels))


def _galleries(kind: MapKind, outcome: MapOutcome, samples: Samples) -> tuple[GallerySection, ...]:
    meaning = kind.meanings[kind.headline]
    text = f"By {meaning.title} of the picture."
    return large_galleries(
        (("Worst pictures", outcome.worst, text), ("Best pictures", outcome.best, text)),
        lambda shown: _picture(kind, shown, samples),
    )


def _picture(kind: MapKind, shown: ShownMap, samples: Samples) -> Picture:
    small = kind.thumbnail(
        samples.read(shown.position), shown.predicted_HWC, true_map(samples, shown.position)
    )
    meaning = kind.meanings[kind.headline]
    return Picture(
        content=small.content,
        media_type=small.media_type,
        caption=f"{meaning.title} {written(shown.value, meaning.unit)}",
        source=samples.ids[shown.position],
    )


def _metrics_section(kind: MapKind, values: Measures, ranges: Measures) -> TableSection:
    return TableSection(
        title="All metrics",
        columns=("Metric", "Value", "Meaning"),
        rows=tuple(
            (
                meaning.title,
                Cell(
                    text=written(values.overall[name], meaning.unit),
                    detail=written_range(ranges.overall[name], meaning.unit),
                ),
                meaning.text,
            )
            for name, meaning in kind.meanings.items()
        ),
        names=(0, 2),
        text="Of all known pixels of all pictures together.",
    )


def _summary(kind: MapKind, values: Measures, ranges: Measures, outcome: MapOutcome) -> str:
    meaning = kind.meanings[kind.headline]
    interval = written_range(ranges.overall[kind.headline], meaning.unit)
    return (
        f"{meaning.title} on {len(outcome.values_N)} pictures: "
        f"{written(values.overall[kind.headline], meaning.unit)}"
        + (f" (95 % interval {interval})." if interval else ".")
    )
