from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from netloom.core.values import File
from netloom.execution.context import RunContext
from netloom.operators.data import digits, split
from netloom.operators.data_statistics import statistics


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path, project=tmp_path)


def test_digits_are_described(run: RunContext) -> None:
    parts = split(digits(run=run), seed=1, run=run)
    metrics, report = statistics(parts, run=run)
    assert json.loads(json.dumps(metrics)) == metrics
    assert metrics["samples"] == metrics["looked_at"] == metrics["tiny"] == 1797
    assert metrics["parts"] == {"train": 1258, "valid": 180, "test": 359}
    assert metrics["per_class"]["3"]["all"] == 183
    assert metrics["imbalance"] == pytest.approx(183 / 174)
    assert metrics["mean"] == pytest.approx([0.305], abs=1e-3)
    assert (metrics["duplicates"], metrics["label_conflicts"]) == (0, 0)
    assert report == File("work:report.html", "text/html")
    page = run.resolve(report.location).read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "image/png;base64" in page


def test_what_is_wrong_is_noted(run: RunContext, capsys: pytest.CaptureFixture[str]) -> None:
    statistics(digits(run=run), examples=0, near=None, sample=10, run=run)
    assert "1797 images have a side below 16 pixels" in capsys.readouterr().out


def test_equal_data_give_equal_results(run: RunContext) -> None:
    data = digits(run=run)
    pages = []
    for _ in range(2):
        _, report = statistics(data, sample=50, run=run)
        pages.append(run.resolve(report.location).read_bytes())
    assert pages[0] == pages[1]


def test_the_distance_of_near_duplicates_is_bounded() -> None:
    with pytest.raises(ValidationError):
        statistics.settings_type(near=9)
