from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from netloom.reports.page import render_report
from netloom.tasks.image_classification.report import classification_evaluation
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import Cell, Figure, Span, TableSection


class FakeSamples:
    """Just enough of ``netloom.data.datasets.Samples`` for a report."""

    def __init__(self, labels_N: np.ndarray, side: int = 8) -> None:
        self.labels_N = labels_N
        self.side = side
        self.ids = [f"<id {index}>" for index in range(len(labels_N))]

    def read(self, position: int) -> np.ndarray:
        return np.full((self.side, self.side, 1), position % 256, np.uint8)


def evaluation(num_classes: int = 3, count: int = 40, *, side: int = 8) -> Evaluation:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(num_classes), count).astype(np.float32)
    labels = [f"<class & {index}>" for index in range(num_classes)]
    samples = FakeSamples(rng.integers(0, num_classes, count), side)
    return classification_evaluation(scores, samples, labels, bootstrap=60, seed=0)  # type: ignore[arg-type]


class Balance(HTMLParser):
    """Checks that every element is closed."""

    void = frozenset({"meta", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None: ...

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("side", [8, 300])
def test_the_page_needs_nothing_from_outside_and_runs_nothing(side: int) -> None:
    page = render_report(evaluation(side=side), title="Digits", facts=[("Task", "classification")])
    sources = re.findall(r'(?:src|href|url\()="?([^"\s)]*)', page)
    assert sources
    assert all(re.match(r"data:image/(png|jpeg);base64,", source) for source in sources)
    assert "<script" not in page
    assert " onclick" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page


def test_names_from_the_data_cannot_break_the_page() -> None:
    page = render_report(evaluation(), title="<b>x</b>")
    assert "<class" not in page
    assert "<id" not in page
    assert "<b>x" not in page
    assert "&lt;class &amp; 0&gt;" in page


@pytest.mark.parametrize("num_classes", [2, 3, 40])
def test_every_element_is_closed(num_classes: int) -> None:
    parser = Balance()
    parser.feed(render_report(evaluation(num_classes, 200), title="Digits"))
    assert parser.open == []


def test_equal_evaluations_give_equal_pages() -> None:
    assert render_report(evaluation(), title="A") == render_report(evaluation(), title="A")


@pytest.mark.parametrize("num_classes", [2, 30, 400])
def test_many_classes_still_give_a_small_page(num_classes: int) -> None:
    page = render_report(evaluation(num_classes, 800), title="Many")
    assert len(page) < 600_000


def test_summary_and_remarks_come_before_the_numbers() -> None:
    shown = Evaluation(
        metrics={},
        figures=(Figure(name="Accuracy", value="50 %", span=Span(value=0.5, low=0.25, high=0.75)),),
        sections=(),
        summary="Half is right.",
        remarks=("Few samples.",),
    )
    page = render_report(shown, title="T")
    assert page.index("Half is right.") < page.index("Few samples.") < page.index("50 %")
    assert 'style="left:25.0%;right:25.0%"' in page


def test_numbers_of_a_column_stay_in_line_whether_they_have_an_interval_or_not() -> None:
    table = TableSection(
        title="T",
        columns=("Class", "Recall"),
        rows=(("a", Cell(text="50.0", detail="40.0–60.0")), ("b", Cell(text="–"))),
    )
    page = render_report(Evaluation(metrics={}, figures=(), sections=(table,)), title="T")
    assert page.count('<small style="width:59px">') == 2
    assert 'style="padding-right:67px"' in page
