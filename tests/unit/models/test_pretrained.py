from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from netloom.core.errors import InvalidData, NetloomError, NotFound
from netloom.models.adaptation import fitted_weights
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import Network, build_network
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.models.pretrained_folder import find_pretrained, pretrained_identity
from netloom.models.spec import VGG, Backbone, ConvNet, ResNet, Transformers
from netloom.models.transformers_presets import Family

SIDE = 32
COMMIT = "0123456789abcdef0123456789abcdef01234567"

MakeCheckpoint = Callable[..., Any]


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub on a machine without network."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "hf" / "hub"


def network_of(backbone: Backbone, *, side: int = SIDE, channels: int = 3) -> Network:
    image = ImageInput.model_validate(
        {
            "channels": channels,
            "height": side,
            "width": side,
            "mean": (0.5,) * channels,
            "std": (0.5,) * channels,
        }
    )
    return build_network(
        Architecture(input=image, backbone=backbone, head=LinearHead(outputs=3)), seed=1
    ).eval()


def place(folder: str, tmp_path: Path) -> Transformers:
    return Transformers(pretrained=str(tmp_path / folder))


def started(backbone: Backbone, **picture: int) -> tuple[Network, tuple[str, ...]]:
    resolved = resolved_backbone(backbone)
    network = network_of(resolved, **picture)
    weights = pretrained_weights(resolved)
    assert weights is not None
    fitted = fitted_weights(weights, network)
    network.load_state_dict(fitted.tensors, strict=False)
    return network, fitted.notes


def codes(error: pytest.ExceptionInfo[NetloomError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


@pytest.mark.parametrize("family", get_args(Family))
def test_features_are_those_that_the_library_s_own_classifier_sees(
    family: str, make_checkpoint: MakeCheckpoint, tmp_path: Path, capfd: Any
) -> None:
    classifier = make_checkpoint(family)
    network, _ = started(place("checkpoint", tmp_path))
    pixels = torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        expected = classifier(pixels).logits
        features = network.backbone(pixels)
        last = classifier.fc if family == "textnet" else classifier.classifier
        logits = last(features)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)
    assert capfd.readouterr() == ("", "")


def test_resolving_makes_the_backbone_independent_of_the_folder(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("vit")
    resolved = resolved_backbone(place("checkpoint", tmp_path))
    assert isinstance(resolved, Transformers)
    assert resolved.family == "vit"
    assert resolved.architecture is not None
    assert resolved.architecture["hidden_size"] == 16
    assert {"id2label", "architectures", "transformers_version"}.isdisjoint(resolved.architecture)
    shutil.rmtree(tmp_path / "checkpoint")
    assert resolved_backbone(resolved) == resolved
    assert network_of(resolved).backbone.width == 16


def test_what_the_classifier_has_beyond_the_backbone_is_reported(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("vit")
    weights = pretrained_weights(place("checkpoint", tmp_path))
    assert weights is not None
    assert weights.unused == ("classifier.bias", "classifier.weight")
    assert all(name.startswith("backbone.model.") for name in weights.tensors)


def test_backbones_that_start_afresh_have_no_weights() -> None:
    assert pretrained_weights(ConvNet()) is None
    assert pretrained_weights(ResNet()) is None
    fresh = resolved_backbone(Transformers(family="swin"))
    assert isinstance(fresh, Transformers)
    assert fresh.architecture is not None
    assert fresh.architecture["model_type"] == "swin"
    assert pretrained_weights(fresh) is None


# ------------------------------------------------------------------------ other pictures than before


def test_colour_weights_serve_grey_pictures(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("resnet")
    colour, _ = started(place("checkpoint", tmp_path))
    grey, notes = started(place("checkpoint", tmp_path), channels=1)
    pixels = torch.randn(2, 1, SIDE, SIDE)
    with torch.inference_mode():
        torch.testing.assert_close(
            grey.backbone(pixels), colour.backbone(pixels.repeat(1, 3, 1, 1))
        )
    assert any("summed over the colour channels" in note for note in notes)


@pytest.mark.parametrize(("family", "extra"), [("vit", 1), ("deit", 2), ("dinov2", 1)])
def test_positions_of_patches_are_resampled_for_larger_pictures(
    family: str, extra: int, make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    classifier = make_checkpoint(family)
    network, notes = started(place("checkpoint", tmp_path), side=2 * SIDE)
    name = "embeddings.position_embeddings"
    old = classifier.base_model.state_dict()[name]
    new = network.backbone.state_dict()[f"model.{name}"]
    assert new.shape == (1, extra + 64, 16)
    torch.testing.assert_close(new[:, :extra], old[:, :extra])
    grid = old[:, extra:].transpose(1, 2).reshape(1, 16, 4, 4)
    expected = interpolate(grid, size=(8, 8), mode="bicubic", align_corners=False)
    torch.testing.assert_close(new[:, extra:], expected.flatten(2).transpose(1, 2))
    assert "position embeddings resampled to 8×8 patches" in notes
    assert network(torch.zeros(1, 3, 2 * SIDE, 2 * SIDE, dtype=torch.uint8)).shape == (1, 3)


def test_pictures_unlike_those_of_the_checkpoint_are_noted(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("resnet")
    _, notes = started(place("checkpoint", tmp_path), side=16)
    (note,) = [note for note in notes if "was trained" in note]
    assert note == (
        "the checkpoint was trained with mean 0.485, 0.456, 0.406 and std 0.229, 0.224, 0.225, these "
        "pictures are normalised with mean 0.5, 0.5, 0.5 and std 0.5, 0.5, 0.5; and at 32×32 pixels, "
        "these pictures have 16×16"
    )
    same = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": {"shortest_edge": 16}}
    (tmp_path / "checkpoint" / "preprocessor_config.json").write_text(json.dumps(same))
    _, notes = started(place("checkpoint", tmp_path), side=16)
    assert not any("was trained" in note for note in notes)


# ---------------------------------------------------------------------------------- where it is found


def test_the_cache_of_the_hub_is_enough_without_network(
    make_checkpoint: MakeCheckpoint, tmp_path: Path, hub_cache: Path
) -> None:
    make_checkpoint("resnet")
    repository = hub_cache / "models--microsoft--resnet-mini"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    (repository / "snapshots").mkdir()
    shutil.move(tmp_path / "checkpoint", repository / "snapshots" / COMMIT)
    backbone = Transformers(pretrained="microsoft/resnet-mini")
    resolved = resolved_backbone(backbone)
    assert isinstance(resolved, Transformers)
    assert resolved.revision == COMMIT
    weights = pretrained_weights(resolved)
    assert weights is not None
    assert weights.source == f"microsoft/resnet-mini@{COMMIT[:12]}"
    copied = Transformers(pretrained=str(repository))
    assert find_pretrained(str(repository)).commit == COMMIT
    assert resolved_backbone(copied).architecture == resolved.architecture  # type: ignore[union-attr]
    with pytest.raises(NotFound, match="without revision v2"):
        find_pretrained(str(repository), revision="v2")


def test_what_is_nowhere_is_refused_with_a_way_out(hub_cache: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        find_pretrained("microsoft/resnet-18", resolve=lambda place: tmp_path / place[5:])
    (problem,) = caught.value.diagnostics
    assert problem.code == "I390"
    assert str(hub_cache / "models--microsoft--resnet-18") in str(problem.expected)
    assert str(tmp_path / "microsoft" / "resnet-18") in str(problem.expected)
    assert "HF_HUB_OFFLINE" in str(problem.got)
    assert "hf download microsoft/resnet-18" in str(problem.fix)


def test_a_path_that_leads_nowhere_is_never_asked_of_the_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("netloom.models.hub_cache._download", lambda *_: pytest.fail("asked"))
    for name in ("./models/vit", "../vit", str(tmp_path / "vit"), "a/b/c"):
        with pytest.raises(NotFound, match="There is no folder"):
            find_pretrained(name)


def test_only_descriptions_and_weights_are_downloaded(
    make_checkpoint: MakeCheckpoint,
    tmp_path: Path,
    hub_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_checkpoint("resnet")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    asked: list[dict[str, Any]] = []

    def snapshot_download(name: str, **options: Any) -> str:
        asked.append({"name": name, **options})
        return str(tmp_path / "checkpoint")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    found = find_pretrained("microsoft/resnet-18", revision="v1")
    assert found.folder == tmp_path / "checkpoint"
    (request,) = asked
    assert request["revision"] == "v1"
    assert request["cache_dir"] == hub_cache
    assert request["allow_patterns"] == [
        "config.json",
        "preprocessor_config.json",
        "model.safetensors",
        "model-*-of-*.safetensors",
        "model.safetensors.index.json",
    ]


def test_a_hub_that_fails_is_reported_like_one_that_is_away(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")

    def snapshot_download(name: str, **options: Any) -> str:
        raise RuntimeError("401: who are you?")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    with pytest.raises(NotFound, match="401: who are you"):
        find_pretrained("microsoft/resnet-18")


def test_code_beside_a_checkpoint_is_never_run(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("vit")
    folder = tmp_path / "checkpoint"
    document = json.loads((folder / "config.json").read_text())
    document["auto_map"] = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    (folder / "config.json").write_text(json.dumps(document))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    started(place("checkpoint", tmp_path))
    assert not (tmp_path / "ran").exists()


# ----------------------------------------------------------------------------------- forms of weights


def split_into_shards(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    weight_map = {}
    for number, part in enumerate((names[::2], names[1::2]), start=1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, folder / file)
        weight_map |= dict.fromkeys(part, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def test_weights_in_several_files_are_put_together(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("resnet")
    whole = pretrained_weights(place("checkpoint", tmp_path))
    split_into_shards(tmp_path / "checkpoint")
    parts = pretrained_weights(place("checkpoint", tmp_path))
    assert whole is not None
    assert parts is not None
    assert equal(whole.tensors, parts.tensors)
    (tmp_path / "checkpoint" / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(InvalidData, match="names files that are not there") as caught:
        pretrained_weights(place("checkpoint", tmp_path))
    assert codes(caught) == ["I393"]


def test_a_pickled_state_dict_is_read_without_running_anything(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    make_checkpoint("resnet")
    folder = tmp_path / "checkpoint"
    safe = pretrained_weights(place("checkpoint", tmp_path))
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    pickled = pretrained_weights(place("checkpoint", tmp_path))
    assert safe is not None
    assert pickled is not None
    assert equal(safe.tensors, pickled.tensors)
    torch.save({"weights": Path("anything that is no tensor")}, folder / "pytorch_model.bin")
    with pytest.raises(InvalidData, match="could run code"):
        pretrained_weights(place("checkpoint", tmp_path))


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda folder: (folder / "config.json").unlink(), "I393"),
        (lambda folder: (folder / "config.json").write_text("{"), "I393"),
        (lambda folder: (folder / "config.json").write_text("[]"), "I393"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "bert"}'), "I391"),
        (lambda folder: (folder / "config.json").write_text("{}"), "I391"),
        (lambda folder: (folder / "model.safetensors").unlink(), "I393"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"nonsense"), "I393"),
        (lambda folder: change(folder, hidden_sizes=[8, 24]), "I394"),
        (lambda folder: change(folder, layer_type="no such layer"), "I391"),
    ],
)
def test_damaged_checkpoints_are_refused(
    damage: Callable[[Path], Any], code: str, make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("resnet")
    damage(tmp_path / "checkpoint")
    with pytest.raises(NetloomError) as caught:
        pretrained_weights(resolved_backbone(place("checkpoint", tmp_path)))
    assert codes(caught) == [code]


def change(folder: Path, **values: Any) -> None:
    document = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**document, **values}))


def test_another_family_than_the_one_asked_for_is_refused(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("resnet")
    backbone = Transformers(family="vit", pretrained=str(tmp_path / "checkpoint"))
    with pytest.raises(InvalidData, match="another family") as caught:
        resolved_backbone(backbone)
    assert codes(caught) == ["I391"]


def equal(first: Any, second: Any) -> bool:
    tensors: dict[str, Tensor] = dict(second)
    return first.keys() == tensors.keys() and all(
        torch.equal(tensor, tensors[name]) for name, tensor in first.items()
    )


# ------------------------------------------------------------------------------------ native backbones


@pytest.fixture
def torchvision_file(tmp_path: Path) -> Path:
    """A state dict as torchvision would save a slim ResNet-18, with a classifier for ten classes."""
    tensors = {
        name.removeprefix("backbone."): tensor
        for name, tensor in network_of(ResNet(depth=18, stem="imagenet", width=0.25))
        .state_dict()
        .items()
        if name.startswith("backbone.")
    }
    classifier = {"fc.weight": torch.zeros(10, 128), "fc.bias": torch.zeros(10)}
    torch.save({**tensors, **classifier}, tmp_path / "resnet18.pth")
    return tmp_path / "resnet18.pth"


def test_torchvision_weights_start_a_native_backbone(torchvision_file: Path) -> None:
    backbone = ResNet(depth=18, width=0.25, pretrained=str(torchvision_file))
    network, _ = started(backbone)
    weights = pretrained_weights(backbone)
    assert weights is not None
    assert weights.unused == ("fc.bias", "fc.weight")
    state = network.state_dict()
    assert equal(weights.tensors, {name: state[name] for name in weights.tensors})
    assert {name for name in state if name.startswith("backbone.")} == weights.tensors.keys()


def test_a_folder_with_one_file_of_weights_is_as_good_as_the_file(torchvision_file: Path) -> None:
    by_file = pretrained_weights(ResNet(width=0.25, pretrained=str(torchvision_file)))
    by_folder = pretrained_weights(ResNet(pretrained=str(torchvision_file.parent)))
    assert by_file is not None
    assert by_folder is not None
    assert by_file.digest == by_folder.digest


def test_weights_of_another_network_are_refused(torchvision_file: Path) -> None:
    with pytest.raises(InvalidData) as caught:
        started(ResNet(depth=50, width=0.25, pretrained=str(torchvision_file)))
    assert codes(caught) == ["I394"]
    with pytest.raises(InvalidData, match="holds no tensor of a vgg") as caught:
        pretrained_weights(VGG(depth=11, hidden=8, pretrained=str(torchvision_file)))
    assert codes(caught) == ["I394"]
    with pytest.raises(NotFound, match="no pretrained weights"):
        pretrained_weights(ResNet(pretrained="microsoft/resnet-18"))


# ------------------------------------------------------------------------------------------- identity


def test_a_changed_folder_has_another_digest_and_identity(
    make_checkpoint: MakeCheckpoint, tmp_path: Path
) -> None:
    make_checkpoint("resnet")
    folder = tmp_path / "checkpoint"
    digest = find_pretrained(str(folder)).digest()
    identity = pretrained_identity("checkpoint", project=tmp_path)
    assert pretrained_identity("checkpoint", project=tmp_path) == identity
    change(folder, hidden_act="gelu")
    assert find_pretrained(str(folder)).digest() != digest
    assert pretrained_identity("checkpoint", project=tmp_path) != identity


def test_a_name_on_the_hub_has_one_identity_before_and_after_its_download(tmp_path: Path) -> None:
    identity = pretrained_identity("microsoft/resnet-18", revision="v1", project=tmp_path)
    assert identity == "hub microsoft/resnet-18 v1"
    assert pretrained_identity(None, project=tmp_path) == ""
