"""An example of a table model, an engine, and the model opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from table_model_example import Example, make_example

from netloom.inference.tables.predictor import TablePredictor
from netloom.tables.engines.engine import TableEngine, open_engine


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return make_example(tmp_path_factory.mktemp("example"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[TableEngine]:
    engine = open_engine(memory_limit=200 << 20, threads=1, scratch=tmp_path / "scratch")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def predictor(example: Example) -> TablePredictor:
    return TablePredictor.open(example.package, batch_size=5)
