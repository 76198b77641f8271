from __future__ import annotations

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.core.values import File
from netloom.data.sample_list import MEDIA_TYPE, SampleQuery, read_findings, read_samples
from netloom.execution.context import RunContext
from netloom.operators.data_survey import survey


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    pixels = np.random.default_rng(1).integers(0, 256, (2, 6, 8, 3), dtype=np.uint8)
    with zipfile.ZipFile(tmp_path / "flowers.zip", "w") as target:
        for name, image in zip(("rose", "tulip"), pixels, strict=True):
            target.writestr(f"{name}/1.png", cv2.imencode(".png", image)[1].tobytes())
        target.writestr("notes.txt", "x")
    return RunContext.in_process(tmp_path, project=tmp_path)


def test_a_zip_file_is_looked_into(run: RunContext, capsys: pytest.CaptureFixture[str]) -> None:
    findings, samples = survey(path="flowers.zip", run=run)
    assert json.loads(json.dumps(findings)) == findings
    assert [c["name"] for c in findings["classes"]] == ["rose", "tulip"]
    assert samples == File("work:samples.db", MEDIA_TYPE)
    assert read_findings(run.resolve(samples.location)) == findings
    _, total = read_samples(run.resolve(samples.location), SampleQuery())
    assert total == findings["num_images"] == 2
    assert "ignored 1 file that is not an image" in capsys.readouterr().out


def test_it_runs_again_when_the_file_has_changed(run: RunContext, tmp_path: Path) -> None:
    assert survey.identity is not None
    before = survey.identity(path="flowers.zip", project=tmp_path)
    assert survey.identity(path="flowers.zip", project=tmp_path) == before
    (tmp_path / "flowers.zip").write_bytes(b"x")
    assert survey.identity(path="flowers.zip", project=tmp_path) != before
    with pytest.raises(InvalidData):
        survey.identity(path="none.zip", project=tmp_path)
