from __future__ import annotations

import json
from pathlib import Path

import pytest

from netloom.cli.main import call


@pytest.fixture
def package(tmp_path: Path) -> Path:
    from netloom.models.architecture import Architecture, ImageInput, LinearHead
    from netloom.models.network import build_network
    from netloom.models.package import PackageManifest, save_package
    from netloom.models.spec import Perceptron

    plan = Architecture(
        input=ImageInput(channels=1, height=4, width=4, mean=(0.5,), std=(0.2,)),
        backbone=Perceptron(widths=(4,)),
        head=LinearHead(outputs=2),
    )
    manifest = PackageManifest(task="image_classification", labels=("a", "b"), architecture=plan)
    save_package(tmp_path / "model", manifest, build_network(plan, seed=0).state_dict())
    return tmp_path / "model"


def test_export_writes_a_folder_and_says_how_close_it_is(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "exported"
    assert call(["export", str(package), "-o", str(folder)]) == 0
    assert "largest difference" in capsys.readouterr().out
    assert call(["export", str(package), "-o", str(folder), "--json"]) == 0  # once more: replaced
    document = json.loads(capsys.readouterr().out)
    assert document["folder"] == str(folder)
    assert document["metrics"]["max_difference"] < 1e-6
    assert {path.name for path in folder.iterdir()} == {"model.json", "model.onnx"}


def test_export_leaves_other_files_alone(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["export", str(package), "-o", str(tmp_path)]) != 0
    assert "holds other files" in capsys.readouterr().err
    assert not (tmp_path / "model.onnx").exists()
