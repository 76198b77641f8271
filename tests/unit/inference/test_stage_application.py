from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.codec import CHECKS_NAME
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.inference.predictor import Predictor
from netloom.inference.stage_application import applied


def resolved(location: str) -> Path:
    return Path(location.removeprefix("path:"))


@pytest.fixture
def predictor() -> Predictor:
    """An untrained classifier of the shapes: what it says is arbitrary, but always the same."""
    from netloom.models.architecture import Architecture, ImageInput, LinearHead
    from netloom.models.network import build_network
    from netloom.models.package import PackageManifest
    from netloom.models.spec import ConvNet
    from netloom.models.torch_network import TorchNetwork

    image = ImageInput(channels=1, height=12, width=12, mean=(0.4,), std=(0.3,))
    plan = Architecture(input=image, backbone=ConvNet(widths=(6, 8)), head=LinearHead(outputs=3))
    manifest = PackageManifest(
        task="image_classification", labels=("upright", "lying", "slanted"), architecture=plan
    )
    return Predictor(manifest, TorchNetwork(build_network(plan, seed=0)), batch_size=7)


def test_every_sample_gets_what_the_model_says_and_stays_as_it_is(
    predictor: Predictor, make_shapes: Callable[..., Any], tmp_path: Path
) -> None:
    view = make_shapes(folder="asked", channels=1)
    work = tmp_path / "work"
    work.mkdir()
    given = applied(predictor, view, resolved, work, reporter=SilentReporter(work))
    assert given == replace(view, index=f"work:{INDEX_NAME}")
    before, after = read_index(resolved(view.index)), read_index(work / INDEX_NAME)
    assert after.drop_columns(["found_label", "found_score"]) == before
    alone = [predictor.predict(predictor.samples(view, resolved).read(row))[0] for row in range(5)]
    assert after["found_label"].to_pylist()[:5] == [each["label"] for each in alone]
    assert after["found_score"].to_pylist()[:5] == pytest.approx([each["score"] for each in alone])


def test_checks_beside_the_index_are_looked_at_too(
    predictor: Predictor, make_shapes: Callable[..., Any], tmp_path: Path
) -> None:
    view = make_shapes(folder="asked", channels=1)
    table = read_index(resolved(view.index))
    write_index(resolved(view.index).with_name(CHECKS_NAME), table.slice(60, 9))
    work = tmp_path / "work"
    work.mkdir()
    applied(predictor, view, resolved, work, reporter=SilentReporter(work))
    checks, own = read_index(work / CHECKS_NAME), read_index(work / INDEX_NAME)
    assert checks["id"].to_pylist() == table["id"].to_pylist()[60:69]
    assert checks["found_label"].to_pylist() == own["found_label"].to_pylist()[60:69]


def test_a_data_set_without_samples_knows_that_nothing_was_found(
    predictor: Predictor, make_shapes: Callable[..., Any], tmp_path: Path
) -> None:
    view = make_shapes(folder="asked", channels=1)
    write_index(resolved(view.index), read_index(resolved(view.index)).slice(0, 0))
    work = tmp_path / "work"
    work.mkdir()
    applied(predictor, view, resolved, work, reporter=SilentReporter(work))
    assert read_index(work / INDEX_NAME)["found_label"].to_pylist() == []


def test_a_model_of_another_task_is_refused(
    predictor: Predictor, make_shapes: Callable[..., Any], tmp_path: Path
) -> None:
    view = make_shapes(folder="asked", task="object_detection")
    with pytest.raises(InvalidData) as caught:
        applied(predictor, view, resolved, tmp_path, reporter=SilentReporter(tmp_path))
    assert [problem.code for problem in caught.value.diagnostics] == ["I307"]
