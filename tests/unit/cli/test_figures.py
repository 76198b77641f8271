from __future__ import annotations

import pytest

from netloom.cli.figures import duration, metrics_line, moment, number, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.0, "0.00 s"),
        (0.042, "0.04 s"),
        (3.24, "3.2 s"),
        (59.94, "59.9 s"),
        (59.97, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3600, "1 h 00 min"),
        (11_520, "3 h 12 min"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (999_960, "1.0 MB"), (2e9, "2.0 GB"), (3e15, "3000.0 TB")],
)  # fmt: skip
def test_size(size_bytes: float, text: str) -> None:
    assert size(size_bytes) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (0.98765, "0.9877"), (1e-5, "1e-05"), (float("nan"), "nan"), (-2, "-2")],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


def test_metrics_line_is_short() -> None:
    metrics = {"loss": 0.123456, "accuracy": 0.98, "step": 3, "note": "good", "more": 1.0}
    assert metrics_line(metrics) == "loss 0.1235  accuracy 0.98  step 3  note good …"


def test_an_unknown_moment_is_empty() -> None:
    assert moment(None) == ""
    assert len(moment(0.0)) == len("1970-01-01 00:00:00")
