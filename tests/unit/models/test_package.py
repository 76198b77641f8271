from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from netloom.core.errors import InvalidData, NotFound
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import Network, build_network
from netloom.models.package import PackageManifest, open_package, read_manifest, save_package
from netloom.models.spec import ConvNet

MANIFEST = PackageManifest(
    task="image_classification",
    labels=("cat", "dog"),
    architecture=Architecture(
        input=ImageInput(channels=1, height=6, width=6, mean=(0.5,), std=(0.5,)),
        backbone=ConvNet(widths=(4,)),
        head=LinearHead(outputs=2),
    ),
    preprocessing=({"type": "resize", "size": 6},),
)


def network() -> Network:
    return build_network(MANIFEST.architecture, seed=3)


def test_what_was_saved_predicts_the_same(tmp_path: Path) -> None:
    original = network().eval()
    saved = save_package(tmp_path, MANIFEST, original.state_dict())
    manifest, reopened = open_package(tmp_path)
    images = torch.arange(72, dtype=torch.uint8).view(2, 1, 6, 6)
    assert torch.equal(reopened(images), original(images))
    assert manifest == saved
    assert not reopened.training


def test_equal_networks_give_equal_bytes_and_only_data(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_package(tmp_path / name, MANIFEST, network().state_dict())
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["model.json", "weights.safetensors"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_folder_that_is_no_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not a model package"):
        open_package(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "I311"),
        ("[]", "I311"),
        ('{"format": 2}', "I312"),
        ('{"format": 1, "task": "x"}', "I311"),
    ],
)
def test_a_damaged_manifest_is_explained(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(InvalidData) as caught:
        read_manifest(tmp_path)
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {code}


def test_an_unknown_key_in_the_manifest_is_refused(tmp_path: Path) -> None:
    save_package(tmp_path, MANIFEST, network().state_dict())
    document = json.loads((tmp_path / "model.json").read_text())
    document["on_load"] = "import os"
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(InvalidData, match="on_load"):
        open_package(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "cut", "flipped"])
def test_damaged_weights_are_noticed(tmp_path: Path, damage: str) -> None:
    save_package(tmp_path, MANIFEST, network().state_dict())
    path = tmp_path / "weights.safetensors"
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:-8])
    elif damage == "flipped":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(InvalidData) as caught:
        open_package(tmp_path)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["I313"]


def test_a_pickle_in_place_of_the_weights_is_refused(tmp_path: Path) -> None:
    save_package(tmp_path, MANIFEST, network().state_dict())
    torch.save(network().state_dict(), tmp_path / "weights.safetensors")
    with pytest.raises(InvalidData):
        open_package(tmp_path)


def test_every_tensor_that_does_not_fit_is_named(tmp_path: Path) -> None:
    save_package(tmp_path, MANIFEST, network().state_dict())
    path = tmp_path / "weights.safetensors"
    tensors = load_file(path)
    tensors["head.1.bias"] = torch.zeros(3)
    del tensors["head.1.weight"]
    tensors["extra"] = torch.zeros(1)
    save_file(tensors, path)
    document = json.loads((tmp_path / "model.json").read_text())
    document["weights_sha256"] = ""
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(InvalidData) as caught:
        open_package(tmp_path)
    assert [(d.expected, d.got) for d in caught.value.diagnostics] == [
        ("no such tensor", "float32 [1]"),
        ("float32 [2]", "float32 [3]"),
        ("float32 [2, 4]", "no such tensor"),
    ]
