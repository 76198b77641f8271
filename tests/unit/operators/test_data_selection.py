from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.errors import InvalidData
from netloom.data.datasets import open_samples
from netloom.execution.context import RunContext
from netloom.operators.data import digits, split
from netloom.operators.data_selection import select


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path)


def test_a_few_training_samples_of_some_classes_and_every_test_sample(run: RunContext) -> None:
    parts = split(digits(run=run), valid=0.0, test=0.5, run=run)
    before = open_samples(parts, run.resolve, part="test").num_per_class()
    view = select(parts, labels=("7", "3"), per_class=5, parts=("train",), run=run)
    assert view.labels == ("3", "7")
    train, test = (open_samples(view, run.resolve, part=part) for part in ("train", "test"))
    assert train.num_per_class() == {"3": 5, "7": 5}
    assert test.num_per_class() == {name: before[name] for name in ("3", "7")}
    assert view.remarks[-1] == f"selected {10 + before['3'] + before['7']} of 1797 samples"


def test_unknown_classes_are_refused(run: RunContext) -> None:
    with pytest.raises(InvalidData, match="There is no class 'seven'"):
        select(digits(run=run), labels=("seven",), run=run)
