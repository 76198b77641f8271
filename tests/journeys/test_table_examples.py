"""The examples on scikit-learn's tables: each can be planned to the end, and makes the table it says."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TABLES = {
    "breast_cancer": ("diagnosis", 569, 30),
    "wine": ("cultivar", 178, 13),
    "diabetes": ("progression", 442, 10),
}


@pytest.fixture
def bundled(repository: Path) -> Any:
    """The example's module of operators."""
    file = repository / "examples" / "tables" / "operators" / "bundled.py"
    spec = importlib.util.spec_from_file_location("bundled", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pipelines_can_be_planned_to_the_end(project: Any, repository: Path) -> None:
    shutil.copytree(repository / "examples" / "tables", project.folder, dirs_exist_ok=True)
    workspace = project.open()
    for name in TABLES:
        plan = workspace.plan(workspace.load(project.folder / f"{name}.yaml"))
        assert {"rows", "features", "encoded", "fit", "score"} <= set(plan.nodes)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_have_their_label_and_one_column_of_quarters(bundled: Any, name: str) -> None:
    label, rows, width = TABLES[name]
    features, labels = bundled.loaded(name)
    assert ({len(values) for values in features.values()}, len(features)) == ({rows}, width)
    assert [(title, len(values)) for title, values in labels.items()] == [(label, rows)]
    values, counts = np.unique(bundled.quarters(features[bundled.CUT[name]]), return_counts=True)
    assert set(values) == set(bundled.LEVELS)
    assert np.abs(counts / rows - 0.25).max() < 0.02
