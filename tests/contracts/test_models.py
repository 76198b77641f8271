"""What every native backbone must do, so that training, freezing, packages and export can rely on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.backbones.stems import smallest_side
from netloom.models.network import Network, build_network, outlined_network
from netloom.models.package import PackageManifest, open_package, save_package
from netloom.models.spec import (
    VGG,
    AlexNet,
    Backbone,
    ConvNet,
    DenseNet,
    MobileNetV2,
    NAFNet,
    Perceptron,
    ResNet,
)

TINY: dict[str, tuple[Backbone, int]] = {
    "convnet": (ConvNet(widths=(12, 16), dropout=0.0), 8),
    "perceptron": (Perceptron(widths=(16, 8)), 6),
    "nafnet": (NAFNet(width=16, blocks=(1, 1)), 8),
    "alexnet": (AlexNet(hidden=16, dropout=0.0), 16),
    "vgg": (VGG(depth=11, hidden=16, dropout=0.0), 32),
    "resnet basic": (ResNet(depth=18, width=0.125), 8),
    "resnet bottleneck": (ResNet(depth=50, width=0.0625, stem="imagenet"), 40),
    "resnet slim": (ResNet(depth=20, width=0.5), 8),
    "densenet": (DenseNet(depth=121, growth=2), 8),
    "densenet imagenet": (DenseNet(depth=121, growth=2, stem="imagenet"), 29),
    "mobilenet_v2": (MobileNetV2(width_multiple=0.25, dropout=0.0), 8),
}
"""Small variants and the side of pictures for them. Dropout is off, so that training is exact."""

ELSEWHERE = {"transformers"}
"""Networks of another library; what they need to be tested is in their own tests."""

every_backbone = pytest.mark.parametrize("name", list(TINY))

IMAGENET = 1000


def plan(backbone: Backbone, side: int, *, channels: int = 3, outputs: int = 4) -> Architecture:
    image = ImageInput.model_validate(
        {
            "channels": channels,
            "height": side,
            "width": side,
            "mean": (0.5,) * channels,
            "std": (0.25,) * channels,
        }
    )
    return Architecture(input=image, backbone=backbone, head=LinearHead(outputs=outputs))


def tiny(name: str, *, channels: int = 3, seed: int = 0) -> Network:
    backbone, side = TINY[name]
    return build_network(plan(backbone, side, channels=channels), seed=seed)


def pictures(network: Network, count: int) -> torch.Tensor:
    image = network.architecture.input
    generator = torch.Generator().manual_seed(1)
    shape = (count, image.channels, image.height, image.width)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def test_every_type_is_tested() -> None:
    union: Any = get_args(Backbone)[0]
    types = {member.model_fields["type"].default for member in get_args(union)}
    assert {backbone.type for backbone, _ in TINY.values()} == types - ELSEWHERE


@every_backbone
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_become_features_of_the_promised_width(name: str, channels: int) -> None:
    backbone, side = TINY[name]
    for height, width in ((side, side), (side + 5, side)):
        architecture = plan(backbone, side, channels=channels)
        image = architecture.input.model_copy(update={"height": height, "width": width})
        architecture = architecture.model_copy(update={"input": image})
        network = build_network(architecture, seed=0).eval()
        with torch.inference_mode():
            normalised_NCHW = network.normalization(pictures(network, 2))
            features_ND = network.backbone(normalised_NCHW)
        assert features_ND.shape == (2, network.backbone.width)
        assert features_ND.isfinite().all()


@every_backbone
def test_every_parameter_learns_and_lies_below_exactly_one_block(name: str) -> None:
    network = tiny(name)
    cross_entropy(network(pictures(network, 4)), torch.tensor([0, 1, 2, 3])).backward()
    blocks = network.blocks()
    assert blocks[-1] == "head"
    for parameter_name, parameter in network.named_parameters():
        owners = [block for block in blocks if parameter_name.startswith(f"{block}.")]
        assert len(owners) == 1, parameter_name
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name
    touched = {
        block
        for block in blocks
        if any(
            p.grad is not None and p.grad.any() for p in network.get_submodule(block).parameters()
        )
    }
    assert touched == set(blocks)


@every_backbone
def test_blocks_are_named_in_the_order_in_which_they_act(name: str) -> None:
    network = tiny(name).eval()
    acted: list[str] = []

    def note(block: str) -> Any:
        return lambda *_: acted.append(block)

    for block in network.blocks():
        network.get_submodule(block).register_forward_hook(note(block))
    network(pictures(network, 1))
    assert tuple(acted) == network.blocks()


@every_backbone
def test_a_package_gives_back_the_same_network(name: str, tmp_path: Path) -> None:
    network = tiny(name)
    network(pictures(network, 4))  # moves the running statistics away from their start
    network.eval()
    manifest = PackageManifest(task="t", labels=tuple("abcd"), architecture=network.architecture)
    save_package(tmp_path, manifest, network.state_dict())
    reopened = open_package(tmp_path).network
    images_NCHW = pictures(network, 3)
    with torch.inference_mode():
        assert torch.equal(reopened(images_NCHW), network(images_NCHW))


@every_backbone
def test_evaluation_depends_on_nothing_but_the_picture(name: str) -> None:
    network = tiny(name).eval()
    images_NCHW = pictures(network, 3)
    with torch.inference_mode():
        together = network(images_NCHW)
        assert torch.equal(network(images_NCHW), together)
        alone = torch.cat([network(image[None]) for image in images_NCHW])
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


@every_backbone
def test_a_seed_decides_all_weights(name: str) -> None:
    one, same, other = (tiny(name, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)


@every_backbone
def test_twenty_steps_on_one_batch_lower_the_loss(name: str) -> None:
    network = tiny(name)
    images_NCHW, labels_N = pictures(network, 4), torch.tensor([0, 1, 2, 3])
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = cross_entropy(network(images_NCHW), labels_N)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize(
    "backbone",
    [
        AlexNet(),
        AlexNet(stem="imagenet"),
        VGG(depth=11),
        DenseNet(),
        DenseNet(stem="imagenet"),
        ResNet(stem="imagenet"),
        MobileNetV2(stem="imagenet"),
    ],
)
def test_the_smallest_picture_is_the_smallest_that_works(backbone: Backbone) -> None:
    side = smallest_side(backbone, plan(backbone, 8).input)

    def pass_through(network: nn.Module, pixels: int) -> torch.Tensor:
        features: torch.Tensor = network(torch.zeros(1, 3, pixels, pixels, device="meta"))
        return features

    network = outlined_network(plan(backbone, side)).eval()
    assert pass_through(network.backbone, side).numel() > 0
    if side > 1:
        with pytest.raises(RuntimeError):
            pass_through(network.backbone, side - 1)
        with pytest.raises(InvalidData, match=f"at least {side}×{side}") as caught:
            build_network(plan(backbone, side - 1))
        assert [problem.code for problem in caught.value.diagnostics] == ["I370"]


PUBLISHED = [
    # https://pytorch.org/vision/stable/models.html: parameters with 1000 classes, thousand million MACs
    (AlexNet(), 61_100_840, 0.71),
    (VGG(depth=11, batch_norm=False), 132_863_336, 7.61),
    (VGG(depth=13, batch_norm=False), 133_047_848, 11.31),
    (VGG(depth=16, batch_norm=False), 138_357_544, 15.47),
    (VGG(depth=19, batch_norm=False), 143_667_240, 19.63),
    (VGG(depth=11), 132_868_840, 7.61),
    (VGG(depth=13), 133_053_736, 11.31),
    (VGG(depth=16), 138_365_992, 15.47),
    (VGG(depth=19), 143_678_248, 19.63),
    (ResNet(depth=18), 11_689_512, 1.81),
    (ResNet(depth=34), 21_797_672, 3.66),
    (ResNet(depth=50), 25_557_032, 4.09),
    (ResNet(depth=101), 44_549_160, 7.80),
    (ResNet(depth=152), 60_192_808, 11.51),
    (DenseNet(depth=121), 7_978_856, 2.83),
    (DenseNet(depth=161), 28_681_000, 7.73),
    (DenseNet(depth=169), 14_149_480, 3.36),
    (DenseNet(depth=201), 20_013_928, 4.29),
    (MobileNetV2(), 3_504_872, 0.30),
]


@pytest.mark.parametrize(
    ("backbone", "parameters", "giga_macs"),
    PUBLISHED,
    ids=[f"{b.type}{getattr(b, 'depth', '')}-{count}" for b, count, _ in PUBLISHED],
)
def test_parameters_and_multiplications_are_those_published(
    backbone: Backbone, parameters: int, giga_macs: float
) -> None:
    network = outlined_network(plan(backbone, 224, outputs=IMAGENET)).eval()
    assert sum(p.numel() for p in network.parameters()) == parameters
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, 224, 224, device="meta"))
    assert round(counter.get_total_flops() / 2e9, 2) == giga_macs


@pytest.mark.parametrize(
    ("depth", "parameters"),
    # "0.27M, 0.46M, 0.66M, 0.85M, 1.7M" in table 6 of arXiv:1512.03385
    [(20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962)],
)
def test_slim_residual_networks_have_the_parameters_of_the_paper(
    depth: int, parameters: int
) -> None:
    architecture = plan(ResNet.model_validate({"depth": depth}), 32, outputs=10)
    assert sum(p.numel() for p in outlined_network(architecture).parameters()) == parameters


NAMES = [
    (AlexNet(), {"features.0.weight", "features.10.bias", "classifier.1.weight"}),
    (VGG(batch_norm=False), {"features.28.weight", "classifier.0.weight", "classifier.3.bias"}),
    (VGG(), {"features.0.weight", "features.41.running_var", "classifier.3.weight"}),
    (ResNet(depth=18), {"conv1.weight", "layer2.0.downsample.0.weight", "layer4.1.bn2.bias"}),
    (ResNet(depth=152), {"layer1.0.downsample.1.bias", "layer3.35.conv3.weight"}),
    (
        DenseNet(),
        {
            "features.conv0.weight",
            "features.denseblock3.denselayer24.norm2.running_mean",
            "features.transition3.conv.weight",
            "features.norm5.weight",
        },
    ),
    (
        MobileNetV2(),
        {
            "features.0.0.weight",
            "features.1.conv.0.1.weight",
            "features.1.conv.1.weight",
            "features.2.conv.3.weight",
            "features.17.conv.2.weight",
            "features.18.1.num_batches_tracked",
        },
    ),
]


@pytest.mark.parametrize(("backbone", "names"), NAMES, ids=[b.type for b, _ in NAMES])
def test_parameters_have_the_names_of_torchvision(backbone: Backbone, names: set[str]) -> None:
    network = outlined_network(plan(backbone, 224))
    assert names <= network.backbone.state_dict().keys()


@pytest.mark.parametrize("backbone", [ResNet(), DenseNet(growth=4), MobileNetV2()])
def test_small_pictures_keep_their_size_longer(backbone: Backbone) -> None:
    def last_side(side: int) -> int:
        network = outlined_network(plan(backbone, side)).eval()
        sides: list[int] = []
        for module in network.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.register_forward_hook(lambda _m, _i, output: sides.append(output.shape[-1]))
        network.backbone(torch.zeros(1, 3, side, side, device="meta"))
        return sides[-1]

    assert (last_side(32), last_side(64), last_side(224)) == (4, 8, 7)
