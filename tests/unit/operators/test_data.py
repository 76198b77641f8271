from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.core.tasks import ImageClassification, TaskT
from netloom.data.codec import DatasetCodec
from netloom.data.datasets import open_samples
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Operator
from netloom.operators.data import digits, image_folder, image_zip, split


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two classes of two images each, as a folder and as a zip file."""
    for number, name in enumerate(["rose/1.png", "rose/2.png", "tulip/1.png", "tulip/2.png"]):
        path = tmp_path / "project/flowers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((4, 5, 3), number, np.uint8))
    with zipfile.ZipFile(tmp_path / "project/flowers.zip", "w") as target:
        for path in sorted((tmp_path / "project/flowers").rglob("*.png")):
            target.write(path, path.relative_to(tmp_path / "project"))
    return tmp_path / "project"


@pytest.fixture
def run(tmp_path: Path, project: Path) -> RunContext:
    return RunContext.in_process(tmp_path / "run", project=project)


@pytest.fixture
def kept(run: RunContext) -> Callable[[Dataset[Any]], Dataset[Any]]:
    """Saves a data set in the store and loads it back, as between two jobs."""

    def keep(view: Dataset[Any]) -> Dataset[Any]:
        folder = run.artifacts.stage()
        refs = DatasetCodec().save(view, folder, workdir=run.workdir)
        artifact = run.artifacts.commit(folder, media_type=DatasetCodec.media_type, refs=refs)
        return DatasetCodec().load(artifact.folder, artifact=ArtifactId(artifact.id))

    return keep


def identity(operator: Operator[Any, Any], project: Path, **settings: Any) -> str | None:
    assert operator.identity is not None
    model = operator.settings_type(**settings)
    return operator.identity(**dict(model), project=project)


def test_sources_are_jobs_that_produce_labelled_images() -> None:
    for source in (digits, image_folder, image_zip):
        assert source.is_source
        assert source.is_job
        assert [port.type for port in source.outputs.values()] == [Dataset[ImageClassification]]
    assert split.is_job
    assert not split.is_source
    assert split.inputs["dataset"].type == Dataset[TaskT]  # type: ignore[index]
    assert split.setting_names == ("valid", "test", "seed", "stratify", "existing")


def test_a_project_folder_is_read_where_it_is(run: RunContext, kept: Any) -> None:
    view = kept(image_folder(path="flowers", run=run))
    assert view.media == "path:flowers"
    samples = open_samples(view, run.resolve)
    assert samples.label_names == ("rose", "tulip")
    assert [int(samples.read(position)[0, 0, 0]) for position in range(4)] == [0, 1, 2, 3]


def test_a_zip_file_is_kept_and_no_longer_needed(run: RunContext, project: Path, kept: Any) -> None:
    view = kept(image_zip(path="flowers.zip", run=run))
    (project / "flowers.zip").unlink()
    samples = open_samples(view, run.resolve)
    assert samples.label_names == ("rose", "tulip")
    assert [int(samples.read(position)[0, 0, 0]) for position in range(4)] == [0, 1, 2, 3]


def test_identities_follow_the_content(project: Path) -> None:
    folder, archive = (
        lambda: identity(image_folder, project, path="flowers"),
        lambda: identity(image_zip, project, path="flowers.zip"),
    )
    before = folder(), archive()
    assert (folder(), archive()) == before
    (project / "flowers/rose/1.png").unlink()
    with zipfile.ZipFile(project / "flowers.zip", "a") as target:
        target.writestr("more.txt", "x")
    assert folder() != before[0]
    assert archive() != before[1]
    assert identity(digits, project)


@pytest.mark.parametrize(
    ("operator", "path", "code"),
    [
        (image_folder, "missing", "I001"),
        (image_folder, "flowers.zip", "I002"),
        (image_folder, "flowers/rose", "I004"),
        (image_zip, "missing.zip", "I001"),
        (image_zip, "flowers", "I002"),
    ],
)
def test_wrong_paths_are_refused_before_anything_runs(
    project: Path, operator: Operator[Any, Any], path: str, code: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        identity(operator, project, path=path)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.setting) == (code, "path")


def test_splitting_stores_parts_and_shares_the_pixels(run: RunContext, kept: Any) -> None:
    source = kept(digits(run=run))
    parts = kept(split(source, valid=0.1, test=0.2, seed=7, run=run))
    assert parts.media == source.media
    assert parts.index != source.index
    sizes = [len(open_samples(parts, run.resolve, part=p)) for p in ("train", "valid", "test")]
    assert sizes == [1258, 180, 359]
    again = kept(split(source, valid=0.1, test=0.2, seed=7, run=run))
    assert again == parts


def test_splitting_keeps_transforms_and_remarks_on_what_a_part_lacks(
    run: RunContext, kept: Any
) -> None:
    source = replace(kept(image_folder(path="flowers", run=run)), remarks=("ignored 1 files",))
    parts = split(source, valid=0, test=0.25, run=run)
    assert parts.transforms == source.transforms
    assert len(parts.remarks) == 2
    assert parts.remarks[1] in ("no sample of rose in part test", "no sample of tulip in part test")


def test_existing_parts_are_kept_unless_replaced(run: RunContext, kept: Any) -> None:
    first = kept(split(kept(digits(run=run)), valid=0, test=0.5, seed=1, run=run))
    tests = open_samples(first, run.resolve, part="test").ids
    second = kept(split(first, valid=0.1, test=0.1, seed=2, run=run))
    assert open_samples(second, run.resolve, part="test").ids == tests
    replaced = kept(split(first, valid=0.1, test=0.1, seed=2, existing="replace", run=run))
    assert len(open_samples(replaced, run.resolve, part="test")) == 180


@pytest.mark.parametrize("source", [image_folder, image_zip])
def test_an_empty_path_is_refused_before_anything_runs(source: Any) -> None:
    with pytest.raises(ValidationError, match="at least 1 character"):
        source.settings_type(path="")
