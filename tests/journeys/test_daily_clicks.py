"""The example of daily clicks: a frozen feature map, a model that goes on daily, a source that is late."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from netloom.workspace.results import RunResult
from netloom.workspace.submission import RunOptions, Selection

FIRST, SECOND, THIRD = "2026-03-01", "2026-03-02", "2026-03-03"


class Days:
    """The example, its pipelines run one after another in one workspace."""

    def __init__(self, project: Any, source: Path) -> None:
        shutil.copytree(source, project.folder, dirs_exist_ok=True)
        self.folder = project.folder
        self._workspace = project.open()

    def run(self, pipeline: str, *changes: str, to: Sequence[str] = ()) -> RunResult:
        loaded = self._workspace.load(self.folder / f"{pipeline}.yaml", sets=changes)
        result: RunResult = self._workspace.run(loaded, Selection.of(to, (), ()), RunOptions())
        return result.require_success()

    def keep_model(self, result: RunResult, day: str) -> str:
        """What the example's script does after each day; returns the checksum of the feature map."""
        model = result.folder / "outputs" / "fit.model"
        kept = shutil.copytree(model, self.folder / "models" / day)
        return str(json.loads((kept / "feature_map.json").read_text())["checksum"])


@pytest.mark.slow
def test_three_days_share_one_feature_map_and_the_model_goes_on(
    project: Any, repository: Path
) -> None:
    days = Days(project, repository / "examples" / "daily_clicks")
    days.run("days", "vars.rows=2000")
    first = days.run("first_day", "vars.epochs=1", to=["fit"])
    maps = [days.keep_model(first, FIRST)]
    for day, wanted in ((SECOND, ["fit", "out"]), (THIRD, ["fit", "out", "before"])):
        later = days.run("next_day", f"date={day}", "before.bootstrap=0", to=wanted)
        maps.append(days.keep_model(later, day))
        predicted = pq.read_table(days.folder / "predictions" / f"dt={day}")
        shown = pq.read_table(days.folder / "data" / "shown" / f"dt={day}" / "part-00000.parquet")
        assert sorted(predicted["user"].to_pylist()) == sorted(shown["user"].to_pylist())
    assert maps == [maps[0]] * 3
    assert later.value("before.metrics")["rows"] == 2000
    late = later.value("profiles")
    assert (late.date, late.remarks) == (SECOND, (f"data of {SECOND}, 1 day late",))
