"""Files with the names and shapes that torchvision publishes, written down here without torchvision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, LinearHead, PixelHead
from netloom.models.decoder_spec import Decoder, DeepLabDecoder, SegNetDecoder, UNetDecoder
from netloom.models.network import Network, build_network
from netloom.models.pretrained import pretrained_weights
from netloom.models.spec import VGG, Backbone, ResNet
from netloom.training.warm_start import WarmStart, pretrained_start

Shapes = Iterator[tuple[str, tuple[int, ...]]]

VGG16 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)
"""Channels of each convolution of configuration D; 0 is a pooling layer."""


def norm(name: str, channels: int) -> Shapes:
    for leaf in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{leaf}", (channels,)
    yield f"{name}.num_batches_tracked", ()


def resnet50() -> Shapes:
    yield "conv1.weight", (64, 3, 7, 7)
    yield from norm("bn1", 64)
    source = 64
    for stage, (blocks, planes) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), start=1):
        for block in range(blocks):
            prefix = f"layer{stage}.{block}"
            convolutions = ((planes, source, 1), (planes, planes, 3), (4 * planes, planes, 1))
            for number, (target, before, kernel) in enumerate(convolutions, start=1):
                yield f"{prefix}.conv{number}.weight", (target, before, kernel, kernel)
                yield from norm(f"{prefix}.bn{number}", target)
            if block == 0:
                yield f"{prefix}.downsample.0.weight", (4 * planes, source, 1, 1)
                yield from norm(f"{prefix}.downsample.1", 4 * planes)
            source = 4 * planes


def deeplab_head() -> Shapes:
    for branch, kernel in enumerate((1, 3, 3, 3)):
        yield f"classifier.0.convs.{branch}.0.weight", (256, 2048, kernel, kernel)
        yield from norm(f"classifier.0.convs.{branch}.1", 256)
    yield "classifier.0.convs.4.1.weight", (256, 2048, 1, 1)
    yield from norm("classifier.0.convs.4.2", 256)
    yield "classifier.0.project.0.weight", (256, 1280, 1, 1)
    yield from norm("classifier.0.project.1", 256)
    yield "classifier.1.weight", (256, 256, 3, 3)
    yield from norm("classifier.2", 256)
    yield "classifier.4.weight", (21, 256, 1, 1)
    yield "classifier.4.bias", (21,)


def auxiliary_head() -> Shapes:
    yield "aux_classifier.0.weight", (256, 1024, 3, 3)
    yield from norm("aux_classifier.1", 256)
    yield "aux_classifier.4.weight", (21, 256, 1, 1)
    yield "aux_classifier.4.bias", (21,)


def vgg16_bn() -> Shapes:
    place, source = 0, 3
    for channels in VGG16:
        if channels:
            yield f"features.{place}.weight", (channels, source, 3, 3)
            yield f"features.{place}.bias", (channels,)
            yield from norm(f"features.{place + 1}", channels)
        place, source = place + (3 if channels else 1), channels or source
    for layer, shape in ((0, (4096, 25088)), (3, (4096, 4096)), (6, (1000, 4096))):
        yield f"classifier.{layer}.weight", shape
        yield f"classifier.{layer}.bias", shape[:1]


def tensors(shapes: Shapes) -> dict[str, Tensor]:
    """Each filled with a number of its own, and kept as one number however large it is."""
    found = {}
    for number, (name, shape) in enumerate(shapes, start=1):
        is_counter = name.endswith("num_batches_tracked")
        value = torch.tensor(number) if is_counter else torch.tensor(number / 1000)
        found[name] = value.expand(shape)
    return found


def started(
    backbone: Backbone, decoder: Decoder | None, *, side: int = 64
) -> tuple[Network, WarmStart]:
    plan = Architecture(
        input=ImageInput(channels=3, height=side, width=side, mean=(0.5,) * 3, std=(0.25,) * 3),
        backbone=backbone,
        decoder=decoder,
        head=LinearHead(outputs=21) if decoder is None else PixelHead(outputs=21),
    )
    network = build_network(plan, seed=0)
    weights = pretrained_weights(backbone)
    assert weights is not None
    return network, pretrained_start(network, weights, labels=("any",) * 21)


@pytest.fixture(scope="module")
def deeplab(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Tensor]]:
    found = tensors((f"backbone.{name}", shape) for name, shape in resnet50())
    head = tensors(shape for part in (deeplab_head(), auxiliary_head()) for shape in part)
    path = tmp_path_factory.mktemp("weights") / "deeplabv3_resnet50_coco.pth"
    torch.save(found | head, path)
    return path, found | head


def in_ours(name: str) -> str:
    """Written out here once more, part by part."""
    if name.startswith("backbone."):
        return name
    layer, leaf = name.removeprefix("classifier.").rsplit(".", 1)
    named = {
        "0.convs.4.1": "pooled.0",
        "0.convs.4.2": "pooled.1",
        "0.project.0": "project.0",
        "0.project.1": "project.1",
        "1": "smooth.0",
        "2": "smooth.1",
    }
    return f"decoder.{named.get(layer, layer.removeprefix('0.'))}.{leaf}"


def test_every_tensor_of_deeplab_arrives_at_its_place(
    deeplab: tuple[Path, dict[str, Tensor]],
) -> None:
    path, file = deeplab
    backbone = ResNet(depth=50, stem="imagenet", output_stride=8, pretrained=str(path))
    network, start = started(backbone, DeepLabDecoder())
    own = network.state_dict()
    left_out = {name for name in file if name.startswith(("aux_classifier.", "classifier.4."))}
    arrived = {in_ours(name): file[name] for name in file.keys() - left_out}
    assert arrived.keys() == {name for name in own if not name.startswith("head.")}
    for name, tensor in arrived.items():
        assert torch.equal(own[name], tensor), name
    assert start.fresh == ("head.layer.bias", "head.layer.weight")
    assert set(start.unused) == left_out
    assert "not used: aux_classifier.0.weight" in str(start)


def test_deeplab_lends_its_backbone_to_other_networks(
    deeplab: tuple[Path, dict[str, Tensor]],
) -> None:
    path, file = deeplab
    network, start = started(ResNet(depth=50, stem="imagenet", pretrained=str(path)), None)
    assert all(name.startswith("backbone.") for name in start.reused)
    assert len(start.reused) == sum(name.startswith("backbone.") for name in file)
    assert "decoder.smooth.0.weight" in start.unused
    last = "backbone.layer4.2.bn3.bias"
    assert torch.equal(network.state_dict()[last], file[last])


def test_a_resnet_that_classifies_is_the_encoder_of_a_unet(tmp_path: Path) -> None:
    file = tensors(resnet50()) | {"fc.weight": torch.zeros(1000, 1), "fc.bias": torch.zeros(1000)}
    small = {name: tensor.clone() for name, tensor in file.items()}
    save_file(small, tmp_path / "resnet50.safetensors")
    backbone = ResNet(depth=50, stem="imagenet", pretrained=str(tmp_path / "resnet50.safetensors"))
    network, start = started(backbone, UNetDecoder(width=4))
    own = network.state_dict()
    for name, tensor in tensors(resnet50()).items():
        assert torch.equal(own[f"backbone.{name}"], tensor), name
    assert start.unused == ("fc.bias", "fc.weight")


def test_a_vgg_with_batch_norm_is_the_encoder_of_a_segnet(tmp_path: Path) -> None:
    file = tensors(vgg16_bn())
    torch.save(file, tmp_path / "vgg16_bn.pth")
    backbone = VGG(depth=16, hidden=8, pretrained=str(tmp_path / "vgg16_bn.pth"))
    network, start = started(backbone, SegNetDecoder(convolutions=1), side=32)
    own = network.state_dict()
    features = {name: tensor for name, tensor in file.items() if name.startswith("features.")}
    assert len(features) == 13 * 7
    assert set(start.reused) == {f"backbone.{name}" for name in features}
    for name, tensor in features.items():
        assert torch.equal(own[f"backbone.{name}"], tensor), name


def test_a_pickled_network_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Conv2d(3, 64, 7), tmp_path / "whole.pth")
    with pytest.raises(InvalidData) as caught:
        started(ResNet(depth=50, pretrained=str(tmp_path / "whole.pth")), DeepLabDecoder())
    assert caught.value.diagnostics[0].code == "I371"
