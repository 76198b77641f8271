"""What an evaluation of text recognition says: metrics for programs, figures and sections for people.

Shape legend: N lines.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.protocol import Evaluation, Scored
from netloom.tasks.sections import Figure, LinesSection, Section, Span, TableSection
from netloom.tasks.text_recognition.drawing import read_line
from netloom.tasks.text_recognition.outcome import (
    TextOutcome,
    confusions,
    outcome_of,
    rate_draws,
    rate_intervals,
    rates,
)
from netloom.tasks.text_recognition.problems import unknown_characters
from netloom.tasks.wording import percent, percent_range

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

TITLES = {"cer": "Character error rate", "wer": "Word error rate", "exact_match": "Exact lines"}
_SHOWN = 20
_MOST_LENGTHS = 12
_NOTHING = "(nothing)"


def text_evaluation(
    scored: Iterable[Scored],
    samples: Samples,
    labels: Sequence[str],
    *,
    bootstrap: int,
    seed: int,
) -> Evaluation:
    """Everything about lines that were read and whose texts are known.

    Args:
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
        seed: Start of the bootstrap's random stream.
    """
    outcome = outcome_of(scored, labels)
    value = rates(outcome)
    draws = rate_draws(outcome, draws=bootstrap, seed=seed) if bootstrap else None
    ranges = rate_intervals(draws)
    unknown = unknown_characters(outcome.truths, labels)
    remarks = []
    if unknown:
        listed = " ".join(character for character, _ in unknown.most_common(_SHOWN))
        remarks.append(
            f"{sum(unknown.values())} characters are none that the model can write; each counts as an "
            f"error: {listed}"
        )
    return Evaluation(
        metrics={
            **{name: number(each) for name, each in value.items()},
            "samples": len(outcome.texts),
            "characters": int(outcome.lengths().sum()),
            "edits": int(outcome.edits_N.sum()),
            "unknown_characters": sum(unknown.values()),
            "intervals": {name: pair(each) for name, each in ranges.items()},
        },
        figures=figures(value, ranges, outcome),
        sections=tuple(_sections(outcome, samples)),
        summary=_summary(value, ranges, outcome),
        remarks=tuple(remarks),
    )


def number(value: float) -> float | None:
    """For JSON: None where undefined."""
    return None if math.isnan(value) else float(value)


def pair(interval: Interval) -> list[float] | None:
    """For JSON: None where undefined."""
    return None if math.isnan(interval.low) else [float(interval.low), float(interval.high)]


def figures(
    value: dict[str, float], ranges: dict[str, Interval], outcome: TextOutcome
) -> tuple[Figure, ...]:
    """The headline numbers."""
    measured = tuple(
        Figure(
            name=TITLES[name],
            value=percent(value[name]),
            detail=percent_range(ranges[name]),
            span=None
            if math.isnan(ranges[name].low) or ranges[name].high > 1
            else Span(value=value[name], low=ranges[name].low, high=ranges[name].high),
        )
        for name in TITLES
    )
    edits = Figure(
        name="Edits",
        value=f"{outcome.edits_N.sum()}",
        detail=f"for {outcome.lengths().sum()} characters in {len(outcome.texts)} lines",
    )
    return (*measured, edits)


def lines_section(
    title: str, outcome: TextOutcome, samples: Samples, chosen: Sequence[int], text: str
) -> LinesSection:
    """Lines with their pictures, truths and what was read."""
    return LinesSection(
        title=title,
        lines=tuple(
            read_line(
                samples.read(position),
                outcome.truths[position],
                outcome.texts[position],
                score=float(outcome.scores_N[position]),
                source=samples.ids[position],
            )
            for position in chosen
        ),
        text=text,
    )


def _sections(outcome: TextOutcome, samples: Samples) -> list[Section]:
    sections: list[Section] = [_lengths(outcome)]
    found = confusions(outcome)
    if found:
        rows = tuple(
            (edit.first or _NOTHING, edit.second or _NOTHING, f"{count}")
            for edit, count in sorted(found.items(), key=lambda item: (-item[1], str(item[0])))[
                :_SHOWN
            ]
        )
        sections.append(
            TableSection(
                title="Most frequent errors",
                columns=("written", "read", "times"),
                rows=rows,
                names=(0, 1),
                is_narrow=True,
            )
        )
    order = np.lexsort((outcome.scores_N, -outcome.edits_N))
    worst = [position for position in order.tolist() if outcome.edits_N[position]][:_SHOWN]
    if worst:
        wrong = int(np.sum(outcome.edits_N > 0))
        text = f"Of {wrong} lines with errors, those with most. Differences are marked."
        sections.append(lines_section("Worst lines", outcome, samples, worst, text))
    right = np.flatnonzero(outcome.edits_N == 0)
    doubtful = right[np.argsort(outcome.scores_N[right], kind="stable")][: _SHOWN // 2].tolist()
    if doubtful:
        sections.append(
            lines_section(
                "Right, but barely", outcome, samples, doubtful, "Lowest scores of all right lines."
            )
        )
    return sections


def _lengths(outcome: TextOutcome) -> TableSection:
    """Errors by the length of the text, in ranges that hold about equally many lines."""
    lengths_N = outcome.lengths()
    ends = np.unique(
        np.quantile(lengths_N, np.linspace(0, 1, _MOST_LENGTHS + 1)[1:], method="lower")
    )
    rows: list[tuple[Any, ...]] = []
    start = int(lengths_N.min()) if len(lengths_N) else 0
    for end in ends.tolist():
        inside = (lengths_N >= start) & (lengths_N <= end)
        characters = int(lengths_N[inside].sum())
        edits = int(outcome.edits_N[inside].sum())
        rows.append(
            (
                f"{start}" if start == end else f"{start}–{end}",
                f"{inside.sum()}",
                percent(edits / characters if characters else math.nan),
                percent(float(np.mean(outcome.edits_N[inside] == 0))),
            )
        )
        start = end + 1
    return TableSection(
        title="By length of the text",
        columns=("characters", "lines", "character error rate", "exact"),
        rows=tuple(rows),
        is_narrow=True,
    )


def _summary(value: dict[str, float], ranges: dict[str, Interval], outcome: TextOutcome) -> str:
    interval = percent_range(ranges["cer"])
    return (
        f"{percent(value['cer'])} of the characters are wrong"
        + (f" (95 % interval {interval})" if interval else "")
        + f"; {percent(value['exact_match'])} of {len(outcome.texts)} lines are read without an error."
    )
