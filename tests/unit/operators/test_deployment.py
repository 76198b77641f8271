from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from netloom.compression.exported_package import read_exported
from netloom.core.digests import canonical_json
from netloom.core.errors import InvalidData
from netloom.data.formats.digits import write_digits
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet, TrainedModel
from netloom.operators.deployment import export


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path / "run", project=tmp_path)


@pytest.fixture
def digits(tmp_path: Path) -> Dataset[Any]:
    view = write_digits(tmp_path)
    return replace(
        view, index=f"path:{tmp_path / 'index.parquet'}", media=f"path:{tmp_path / 'media.npy'}"
    )


@pytest.fixture
def model(tmp_path: Path) -> TrainedModel[Any]:
    torch.set_num_threads(1)
    labels = tuple("0123456789")
    plan = Architecture(
        input=ImageInput(channels=1, height=8, width=8, mean=(0.5,), std=(0.2,)),
        backbone=ConvNet(widths=(4, 6)),
        head=LinearHead(outputs=10),
    )
    manifest = PackageManifest(task="image_classification", labels=labels, architecture=plan)
    save_package(tmp_path / "model", manifest, build_network(plan, seed=0).state_dict())
    return TrainedModel(
        task="image_classification",
        backbone=plan.backbone,
        labels=labels,
        package=f"path:{tmp_path / 'model'}",
    )


def test_a_trained_model_becomes_an_exported_one(model: TrainedModel[Any], run: RunContext) -> None:
    exported = export(model, run=run)
    manifest = read_exported(run.resolve(exported.model.package))
    assert exported.model.labels == manifest.labels == model.labels
    assert exported.metrics["max_difference"] == manifest.parity.max_difference < 1e-6
    assert exported.metrics["real_pictures"] == 0
    canonical_json(exported.metrics)


def test_pictures_of_a_data_set_are_compared_too(
    model: TrainedModel[Any], digits: Dataset[Any], run: RunContext
) -> None:
    exported = export(model, digits, pictures=10, run=run)
    assert exported.metrics["real_pictures"] == 10
    assert exported.metrics["pictures"] == 26


def test_times_are_logged_but_not_part_of_the_output(
    model: TrainedModel[Any], run: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs that differ each time would make everything that uses them run again."""
    logged: dict[str, float] = {}
    monkeypatch.setattr(RunContext, "log", lambda _, step, numbers: logged.update(numbers))
    exported = export(model, run=run)
    times = [name for name in logged if name.endswith("latency_ms")]
    assert len(times) == 4
    assert not [name for name in exported.metrics if "latency" in name]


def test_another_task_s_data_is_refused(
    model: TrainedModel[Any], digits: Dataset[Any], run: RunContext
) -> None:
    with pytest.raises(InvalidData, match="another learning task"):
        export(model, replace(digits, task="object_detection"), run=run)
