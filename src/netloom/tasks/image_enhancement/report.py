"""What an evaluation of image enhancement says: metrics for programs, figures and sections for people.

Shape legend: N samples, M measures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.image_enhancement.drawing import slider
from netloom.tasks.image_enhancement.outcome import MEASURES, Outcome, intervals, means, outcome_of
from netloom.tasks.image_enhancement.picture_measures import HIGHEST_DB
from netloom.tasks.protocol import Evaluation, Scored
from netloom.tasks.sections import Cell, Figure, Section, SliderSection, TableSection
from netloom.tasks.wording import UNKNOWN, number_range, percent

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_QUANTILES = (("worst", 0.0), ("5 %", 0.05), ("median", 0.5), ("95 %", 0.95), ("best", 1.0))

TITLES = {
    "psnr_db": "PSNR",
    "ssim": "SSIM",
    "input_psnr_db": "PSNR of the input",
    "input_ssim": "SSIM of the input",
    "gain_db": "PSNR gained",
    "ssim_gain": "SSIM gained",
}


def enhancement_evaluation(
    scored: Iterable[Scored], samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Everything about enhanced pictures whose targets are known.

    Args:
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
        seed: Start of the bootstrap's random stream.
    """
    outcome = outcome_of(scored)
    value = dict(zip(MEASURES, means(outcome.values_NM).tolist(), strict=True))
    ranges = dict(
        zip(MEASURES, intervals(outcome.values_NM, draws=bootstrap, seed=seed), strict=True)
    )
    better = float(np.mean(outcome.column("gain_db") > 0))
    return Evaluation(
        metrics={
            **{name: number(each) for name, each in value.items()},
            "improved": better,
            "samples": len(outcome.values_NM),
            "intervals": {name: pair(each) for name, each in ranges.items()},
        },
        figures=_figures(value, ranges, outcome),
        sections=tuple(_sections(outcome, samples)),
        summary=_summary(value, ranges, outcome),
        remarks=tuple(_remarks(outcome)),
    )


def shown(name: str, value: float, *, is_signed: bool | None = None) -> str:
    """A measure with its unit; gains with their sign.

    Example:
        >>> shown("gain_db", 3.21), shown("ssim", 0.5), shown("ssim", float("nan"))
        ('+3.21 dB', '0.500', '–')
    """
    if math.isnan(value):
        return UNKNOWN
    signed = "gain" in name if is_signed is None else is_signed
    text = f"{value:{'+' if signed else ''}.{digits(name)}f}".replace("-", "−")
    return f"{text} dB" if name.endswith("_db") else text


def digits(name: str) -> int:
    """Decimal places of a measure."""
    return 2 if name.endswith("_db") else 3


def number(value: float) -> float | None:
    """For JSON: None where undefined."""
    return None if math.isnan(value) else float(value)


def pair(interval: Interval) -> list[float] | None:
    """For JSON: None where undefined."""
    return None if math.isnan(interval.low) else [float(interval.low), float(interval.high)]


def _figures(
    value: dict[str, float], ranges: dict[str, Interval], outcome: Outcome
) -> tuple[Figure, ...]:
    measured = tuple(
        Figure(
            name=TITLES[name],
            value=shown(name, value[name]),
            detail=number_range(ranges[name], digits=digits(name)),
        )
        for name in ("gain_db", "psnr_db", "ssim")
    )
    worse = int(np.sum(outcome.column("gain_db") <= 0))
    return (
        *measured,
        Figure(name="Not better", value=f"{worse}", detail=f"of {len(outcome.values_NM)} pictures"),
    )


def _sections(outcome: Outcome, samples: Samples) -> list[Section]:
    values = {name: outcome.column(name) for name in MEASURES}
    quantiles = tuple(
        (
            TITLES[name],
            shown(name, float(means(values[name][:, None])[0])),
            *(shown(name, _quantile(values[name], level)) for _, level in _QUANTILES),
        )
        for name in MEASURES
    )
    sections: list[Section] = [
        TableSection(
            title="Picture by picture",
            columns=("measure", "mean", *(name for name, _ in _QUANTILES)),
            rows=tuple(tuple(Cell(text=text) for text in row) for row in quantiles),
            text="Against the target; each measure sorted on its own.",
        )
    ]
    drag = (
        "Drag the corner of the upper picture to see what is below it: before above, after below."
    )
    for title, chosen in (("Gained least", outcome.worst), ("Gained most", outcome.best)):
        if chosen:
            sliders = tuple(slider(each, samples.ids[each.position]) for each in chosen)
            sections.append(SliderSection(title=title, sliders=sliders, text=drag))
    return sections


def _quantile(values_N: Any, level: float) -> float:
    known_N = values_N[~np.isnan(values_N)]
    return float(np.quantile(known_N, level)) if len(known_N) else math.nan


def _summary(value: dict[str, float], ranges: dict[str, Interval], outcome: Outcome) -> str:
    gain, interval = value["gain_db"], number_range(ranges["gain_db"], digits=2)
    share = percent(float(np.mean(outcome.column("gain_db") > 0)))
    verb = "better" if gain > 0 else "worse"
    return (
        f"Pictures are {abs(gain):.2f} dB {verb} than before"
        + (f" (95 % interval of the gain {interval})" if interval else "")
        + f": PSNR {value['input_psnr_db']:.2f} → {value['psnr_db']:.2f} dB. "
        f"{share} of {len(outcome.values_NM)} pictures gained."
    )


def _remarks(outcome: Outcome) -> list[str]:
    found = []
    small = int(np.isnan(outcome.column("ssim")).sum())
    if small:
        found.append(
            f"{small} pictures are smaller than the window of SSIM (11 × 11 pixels) and left out of its mean."
        )
    for name, what in (("psnr_db", "came out"), ("input_psnr_db", "came in")):
        equal = int(np.sum(outcome.column(name) >= HIGHEST_DB))
        if equal:
            found.append(
                f"{equal} pictures {what} exactly as their target; they count as {HIGHEST_DB:.0f} dB."
            )
    return found
