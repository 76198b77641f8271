from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netloom.compression.exported_model import ExportedModel, ExportedModelCodec
from netloom.compression.onnx_export import export_model
from netloom.core.identifiers import ArtifactId
from netloom.core.tasks import ImageClassification
from netloom.graph.types import is_assignable
from netloom.models.spec import ConvNet, TrainedModel

CODEC = ExportedModelCodec()


def exported_model(location: str) -> ExportedModel[Any]:
    return ExportedModel(
        task="image_classification",
        backbone=ConvNet(widths=(4, 6)),
        labels=("a", "b", "c"),
        package=location,
    )


@pytest.mark.parametrize("scheme", ["work", "path"])
def test_the_folder_of_the_artifact_is_the_exported_model(
    scheme: str, package: Path, tmp_path: Path
) -> None:
    export_model(package, tmp_path / "exported")
    location = "work:exported" if scheme == "work" else f"path:{tmp_path / 'exported'}"
    folder = tmp_path / "artifact"
    folder.mkdir()
    assert CODEC.save(exported_model(location), folder, workdir=tmp_path) == ()
    assert {path.name for path in folder.iterdir()} == {"model.json", "model.onnx"}
    assert (tmp_path / "exported" / "model.onnx").exists() == (scheme == "path")
    loaded = CODEC.load(folder, artifact=ArtifactId("a1"))
    assert loaded == exported_model("artifact:a1")
    preview = CODEC.preview(folder)
    assert preview["labels"] == ["a", "b", "c"]
    assert preview["graph_bytes"] == (folder / "model.onnx").stat().st_size


def test_a_model_of_another_artifact_is_kept_as_a_reference(tmp_path: Path) -> None:
    model = exported_model("artifact:a1")
    assert CODEC.save(model, tmp_path, workdir=tmp_path) == (ArtifactId("a1"),)
    assert CODEC.load(tmp_path, artifact=ArtifactId("b2")) == model
    assert CODEC.preview(tmp_path) == model.to_json()


def test_it_stands_where_predicting_is_asked_for_but_not_where_training_is() -> None:
    produced = ExportedModel[ImageClassification]
    trained = TrainedModel[ImageClassification]
    assert not is_assignable(produced, trained)
    assert is_assignable(produced, trained | produced)
