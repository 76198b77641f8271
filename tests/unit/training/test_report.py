from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from netloom.tasks.classification_report import classification_evaluation
from netloom.tasks.protocol import Evaluation
from netloom.training.report import render_report


class FakeSamples:
    """Just enough of ``netloom.data.datasets.Samples`` for a report."""

    def __init__(self, labels_N: np.ndarray) -> None:
        self.labels_N = labels_N
        self.ids = [f"<id {index}>" for index in range(len(labels_N))]

    def read(self, position: int) -> np.ndarray:
        return np.full((8, 8, 1), position % 256, np.uint8)


def evaluation(num_classes: int = 3, count: int = 40) -> Evaluation:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(num_classes), count).astype(np.float32)
    labels = [f"<class & {index}>" for index in range(num_classes)]
    samples = FakeSamples(rng.integers(0, num_classes, count))
    return classification_evaluation(scores, samples, labels, bootstrap=100, seed=0)  # type: ignore[arg-type]


class Balance(HTMLParser):
    """Checks that every element is closed."""

    void = frozenset({"meta", "img", "rect", "line", "circle", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None: ...

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void or tag == "rect":
            while self.open and self.open[-1] != tag:
                raise AssertionError(f"</{tag}> closes <{self.open[-1]}>")
            self.open.pop()


def test_the_page_needs_nothing_from_outside() -> None:
    page = render_report(evaluation(), title="Digits", facts=[("Task", "image classification")])
    sources = re.findall(r'(?:src|href|url\()="?([^"\s)]*)', page)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "<script" not in page
    assert "@import" not in page
    assert "prefers-color-scheme: dark" in page


def test_names_from_the_data_cannot_break_the_page() -> None:
    page = render_report(evaluation(), title="<b>x</b>")
    assert "<class" not in page
    assert "<id" not in page
    assert "<b>" not in page
    assert "&lt;class &amp; 0&gt;" in page


def test_every_element_is_closed() -> None:
    page = render_report(evaluation(), title="Digits")
    parser = Balance()
    parser.void = Balance.void - {"rect", "circle"} | {"frame"}
    parser.feed(re.sub(r"<(rect|circle)([^>]*)/>", "", page))
    assert parser.open == []


def test_equal_evaluations_give_equal_pages() -> None:
    assert render_report(evaluation(), title="A") == render_report(evaluation(), title="A")


@pytest.mark.parametrize("num_classes", [2, 30, 200])
def test_many_classes_still_give_a_small_page(num_classes: int) -> None:
    page = render_report(evaluation(num_classes, 400), title="Many")
    assert len(page) < 400_000


def test_metrics_are_json_without_nan() -> None:
    result = evaluation(num_classes=60, count=20)
    undefined = [row for row in result.metrics["classes"].values() if row["support"] == 0]
    assert undefined
    assert all(row["recall"] is None for row in undefined)
    assert result.metrics["samples"] == 20
