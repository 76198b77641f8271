from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.compression.exported_package import is_exported, read_exported
from netloom.compression.onnx_export import export_model
from netloom.compression.onnx_network import OnnxNetwork
from netloom.core.errors import InvalidData, NetloomError, NotFound


@pytest.fixture
def exported(package: Path, tmp_path: Path) -> Path:
    export_model(package, tmp_path / "exported")
    return tmp_path / "exported"


def test_an_exported_model_is_told_from_a_package(package: Path, exported: Path) -> None:
    assert is_exported(exported)
    assert not is_exported(package)


def rewrite(folder: Path, **changes: Any) -> None:
    document = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**document, **changes}))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        (lambda folder: cut(folder / "model.onnx"), "E402", "digest"),
        (lambda folder: (folder / "model.json").write_text("{"), "E402", "not readable JSON"),
        (lambda folder: (folder / "model.json").write_text("[]"), "E402", "model.json"),
        (lambda folder: rewrite(folder, opset="new"), "E402", "opset"),
        (lambda folder: rewrite(folder, surprise=1), "E402", "surprise"),
        (lambda folder: rewrite(folder, runtime="torch"), "E402", "runtime"),
        (lambda folder: (folder / "model.json").unlink(), "E401", "no model.json"),
        (lambda folder: (folder / "model.onnx").unlink(), "E401", "no model.onnx"),
    ],
)
def test_damage_is_found_before_anything_is_computed(
    damage: Callable[[Path], Any], code: str, words: str, exported: Path
) -> None:
    damage(exported)
    with pytest.raises(NetloomError, match=words) as caught:
        read_exported(exported)
    assert caught.value.diagnostics[0].code == code


def test_a_folder_that_does_not_exist_is_no_exported_model(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such folder"):
        read_exported(tmp_path / "nowhere")


def test_what_is_no_graph_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nonsense")
    with pytest.raises(InvalidData, match="cannot be loaded by ONNX Runtime") as caught:
        OnnxNetwork(tmp_path / "model.onnx")
    assert caught.value.diagnostics[0].code == "E402"


@pytest.mark.parametrize("device", ["cuda:0", "tpu"])
def test_devices_this_runtime_does_not_know_are_refused(device: str, exported: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers() and device != "tpu":
        pytest.skip("this build of ONNX Runtime has CUDA")
    with pytest.raises(InvalidData, match="cannot compute on") as caught:
        OnnxNetwork(exported / "model.onnx", device=device)
    assert caught.value.diagnostics[0].code == "E403"
