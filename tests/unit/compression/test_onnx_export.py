from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from netloom.compression import onnx_export
from netloom.compression.exported_package import read_exported
from netloom.compression.onnx_export import export_model, real_batches
from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData, NotFound
from netloom.data.formats.digits import write_digits
from netloom.inference.predictor import Predictor
from netloom.models.package import read_manifest
from netloom.tasks.catalogue import task_named


def test_the_graph_takes_bytes_in_batches_of_any_size(package: Path, tmp_path: Path) -> None:
    export_model(package, tmp_path / "exported")
    graph = onnx.load(tmp_path / "exported" / "model.onnx")
    onnx.checker.check_model(graph)
    (images,), (logits,) = graph.graph.input, graph.graph.output
    assert (images.name, logits.name) == ("images", "logits")
    assert images.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    sizes = [d.dim_param or d.dim_value for d in images.type.tensor_type.shape.dim]
    assert sizes == ["batch", 1, 8, 6]
    assert [opset.version for opset in graph.opset_import] == [17]


def test_the_manifest_says_what_was_exported_and_how_well(package: Path, tmp_path: Path) -> None:
    export = export_model(package, tmp_path / "exported")
    trained = read_manifest(package)
    manifest = read_exported(tmp_path / "exported")
    assert manifest == export.manifest
    assert manifest.trained_sha256 == trained.weights_sha256
    assert manifest.weights_sha256 == digest_of_file(tmp_path / "exported" / "model.onnx")
    for field in ("task", "labels", "architecture", "preprocessing"):
        assert getattr(manifest, field) == getattr(trained, field)
    assert [given.shape for given in manifest.inputs] == [("batch", 1, 8, 6)]
    assert [given.name for given in manifest.outputs] == ["logits"]
    assert manifest.parity.max_difference < 1e-6
    assert manifest.parity.batch_sizes == (1, 2, 5, 8)
    assert export.metrics["exported_bytes"] == (tmp_path / "exported" / "model.onnx").stat().st_size
    assert set(export.latencies_ms) == {
        f"{name}/batch_{size}/latency_ms" for name in ("torch", "onnx") for size in (1, 32)
    }


def test_equal_models_give_equal_bytes(package: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        export_model(package, tmp_path / name)
    for file in ("model.json", "model.onnx"):
        first, second = (tmp_path / name / file for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    assert str(tmp_path).encode() not in (tmp_path / "first" / "model.onnx").read_bytes()


def test_a_network_that_predicts_something_else_is_refused(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_model(package, tmp_path / "exported")
    before = (tmp_path / "exported" / "model.json").read_bytes()

    class Wrong(onnx_export.OnnxNetwork):
        def __call__(self, *inputs: Any) -> Any:
            return super().__call__(*inputs) + np.float32([0.01, 0.0, 0.0])

    monkeypatch.setattr(onnx_export, "OnnxNetwork", Wrong)
    with pytest.raises(InvalidData, match="does not predict what") as caught:
        export_model(package, tmp_path / "exported")
    assert caught.value.diagnostics[0].code == "E400"
    assert (tmp_path / "exported" / "model.json").read_bytes() == before
    assert {path.name for path in (tmp_path / "exported").iterdir()} == {"model.json", "model.onnx"}
    accepted = export_model(package, tmp_path / "exported", tolerance=0.01)
    assert 1e-3 < accepted.manifest.parity.max_difference < 0.01


def test_real_pictures_are_compared_too(package: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from netloom.data.datasets import open_samples
    from netloom.data.transforms.sizing import Resize

    view = replace(write_digits(tmp_path), transforms=(Resize(size=(8, 6)),))
    samples = open_samples(view, lambda location: tmp_path / location.removeprefix("work:"))
    real = real_batches(task_named("image_classification"), samples, most=20)
    assert [batch[0].shape for batch in real] == [(16, 1, 8, 6), (4, 1, 8, 6)]
    parity = export_model(package, tmp_path / "exported", real=real).manifest.parity
    assert (parity.pictures, parity.real_pictures) == (36, 20)
    assert parity.batch_sizes == (1, 2, 4, 5, 8, 16)


def test_what_is_no_package_cannot_be_exported(package: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not a model package"):
        export_model(tmp_path / "nowhere", tmp_path / "exported")
    assert not (tmp_path / "exported").exists()
    export_model(package, tmp_path / "exported")
    document = json.loads((tmp_path / "exported" / "model.json").read_text())
    assert document["runtime"] == "onnx"


def test_networks_too_large_for_one_file_are_refused(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netloom.compression.onnx_graph._LARGEST_BYTES", 1000)
    with pytest.raises(InvalidData, match="too many for one ONNX file") as caught:
        export_model(package, tmp_path / "exported")
    assert caught.value.diagnostics[0].code == "E404"


def test_one_picture_predicts_the_same_through_both(package: Path, tmp_path: Path) -> None:
    export_model(package, tmp_path / "exported")
    picture = np.random.default_rng(0).integers(0, 256, (8, 6), dtype=np.uint8)
    (trained,) = Predictor.open(package).predict(picture)
    (exported,) = Predictor.open(tmp_path / "exported").predict(picture)
    assert exported["label"] == trained["label"]
    assert exported["scores"] == pytest.approx(trained["scores"], abs=1e-6)
