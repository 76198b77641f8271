"""What every operator that measures gives back: numbers in the run, remarks in its log, and a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netloom.core.files import write_text
from netloom.core.values import File
from netloom.execution.context import RunContext

if TYPE_CHECKING:
    from netloom.tasks.protocol import Evaluation

_REPORT = "work:report.html"


def reported(
    evaluation: Evaluation, title: str, facts: Sequence[tuple[str, str]], run: RunContext
) -> File:
    """Log the numbers, say what to keep in mind, and write the page."""
    from netloom.reports.page import render_report

    numbers = {
        name: float(value)
        for name, value in evaluation.metrics.items()
        if isinstance(value, int | float)
    }
    run.log(0, numbers)
    for remark in (evaluation.summary, *evaluation.remarks):
        if remark:
            run.note(remark)
    page = render_report(evaluation, title=title, facts=tuple(facts))
    write_text(run.resolve(_REPORT), page)
    return File(_REPORT, "text/html")
