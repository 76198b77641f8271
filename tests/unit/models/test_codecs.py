from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.identifiers import ArtifactId
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.codecs import ModelCodec, TrainedModelCodec
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, open_package, save_package
from netloom.models.spec import ConvNet, Model, TrainedModel

ARTIFACT = ArtifactId("ab" * 32)
BACKBONE = ConvNet(widths=(3,))


def package(folder: Path) -> None:
    architecture = Architecture(
        input=ImageInput(channels=1, height=4, width=5, mean=(0.0,), std=(1.0,)),
        backbone=BACKBONE,
        head=LinearHead(outputs=2),
    )
    manifest = PackageManifest(
        task="image_classification", labels=("a", "b"), architecture=architecture
    )
    save_package(folder, manifest, build_network(architecture, seed=0).state_dict())


def trained(location: str) -> TrainedModel:
    return TrainedModel(
        task="image_classification",
        backbone=BACKBONE,
        head=LinearHead(outputs=2),
        labels=("a", "b"),
        package=location,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "artifact").mkdir()
    return tmp_path / "artifact"


def test_a_description_survives(folder: Path, tmp_path: Path) -> None:
    model: Model = Model(task="image_classification", backbone=BACKBONE)
    assert ModelCodec().save(model, folder, workdir=tmp_path) == ()
    assert ModelCodec().load(folder, artifact=ARTIFACT) == model
    assert ModelCodec().preview(folder) == model.to_json()


def test_a_package_from_the_work_folder_becomes_the_artifact(folder: Path, tmp_path: Path) -> None:
    package(tmp_path / "work" / "model")
    codec = TrainedModelCodec()
    assert codec.save(trained("work:model"), folder, workdir=tmp_path / "work") == ()
    assert codec.load(folder, artifact=ARTIFACT) == trained(f"artifact:{ARTIFACT}")
    assert open_package(folder).manifest.labels == ("a", "b")
    assert codec.preview(folder) == {
        "task": "image_classification",
        "labels": ["a", "b"],
        "backbone": {"type": "convnet", "widths": [3], "dropout": 0.1},
        "input": [1, 4, 5],
        "weights_bytes": (folder / "weights.safetensors").stat().st_size,
    }


def test_a_package_of_the_user_is_copied(folder: Path, tmp_path: Path) -> None:
    package(tmp_path / "mine")
    TrainedModelCodec().save(trained(f"path:{tmp_path / 'mine'}"), folder, workdir=tmp_path)
    assert open_package(tmp_path / "mine").manifest == open_package(folder).manifest


def test_a_package_in_another_artifact_is_referred_to(folder: Path, tmp_path: Path) -> None:
    model = trained("artifact:" + "cd" * 32)
    assert TrainedModelCodec().save(model, folder, workdir=tmp_path) == (ArtifactId("cd" * 32),)
    assert TrainedModelCodec().load(folder, artifact=ARTIFACT) == model
