from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import Network, build_network, num_parameters
from netloom.models.spec import Transformers
from netloom.models.transformers_backbone import build_transformers_backbone, fitted_architecture
from netloom.models.transformers_presets import Family, sizes

FAMILIES: tuple[str, ...] = get_args(Family)
every_family = pytest.mark.parametrize("family", FAMILIES)

MILLIONS = {
    ("resnet", "18"): 11.7,
    ("resnet", "34"): 21.8,
    ("resnet", "50"): 25.6,
    ("resnet", "101"): 44.5,
    ("resnet", "152"): 60.2,
    ("regnet", "x-004"): 5.2,
    ("regnet", "x-008"): 7.3,
    ("regnet", "x-016"): 9.2,
    ("regnet", "x-032"): 15.3,
    ("regnet", "x-080"): 39.6,
    ("regnet", "y-004"): 4.34,
    ("regnet", "y-008"): 6.3,
    ("regnet", "y-016"): 11.2,
    ("regnet", "y-032"): 19.4,
    ("regnet", "y-040"): 20.6,
    ("regnet", "y-080"): 39.2,
    ("regnet", "y-160"): 83.6,
    ("convnext", "tiny"): 28.6,
    ("convnext", "small"): 50.2,
    ("convnext", "base"): 88.6,
    ("convnext", "large"): 197.8,
    ("convnext", "xlarge"): 350.2,
    ("convnextv2", "atto"): 3.7,
    ("convnextv2", "femto"): 5.2,
    ("convnextv2", "pico"): 9.1,
    ("convnextv2", "nano"): 15.6,
    ("convnextv2", "tiny"): 28.6,
    ("convnextv2", "base"): 88.7,
    ("convnextv2", "large"): 198.0,
    ("mobilenet_v2", "1.0"): 3.5,
    ("mobilenet_v2", "1.4"): 6.1,
    ("efficientnet", "b0"): 5.3,
    ("efficientnet", "b1"): 7.8,
    ("efficientnet", "b2"): 9.1,
    ("efficientnet", "b3"): 12.2,
    ("efficientnet", "b4"): 19.3,
    ("efficientnet", "b5"): 30.4,
    ("efficientnet", "b6"): 43.0,
    ("efficientnet", "b7"): 66.3,
    ("vit", "tiny"): 5.7,
    ("vit", "small"): 22.1,
    ("vit", "base"): 86.6,
    ("vit", "large"): 304.3,
    ("deit", "tiny"): 5.7,
    ("deit", "base"): 86.6,
    ("pvt_v2", "b0"): 3.7,
    ("pvt_v2", "b1"): 14.0,
    ("pvt_v2", "b2"): 25.4,
    ("pvt_v2", "b3"): 45.2,
    ("pvt_v2", "b4"): 62.6,
    ("pvt_v2", "b5"): 82.0,
    # As the library builds them: the table in the paper has up to 3 % more.
    ("segformer", "b0"): 3.58,
    ("segformer", "b1"): 13.66,
    ("segformer", "b2"): 24.71,
    ("segformer", "b3"): 44.59,
    ("segformer", "b4"): 61.36,
    ("segformer", "b5"): 81.4,
    ("swin", "tiny"): 28.3,
    ("swin", "small"): 49.6,
    ("swin", "base"): 87.8,
    ("swin", "large"): 196.5,
}
"""Parameters with a classifier for the 1000 classes of ImageNet, as the papers and model cards say."""


def picture(height: int = 32, width: int = 32, *, channels: int = 1) -> ImageInput:
    return ImageInput.model_validate(
        {
            "channels": channels,
            "height": height,
            "width": width,
            "mean": (0.5,) * channels,
            "std": (0.25,) * channels,
        }
    )


def network_of(family: str, image: ImageInput, *, size: str = "micro") -> Network:
    backbone = Transformers.model_validate({"family": family, "size": size})
    head = LinearHead(outputs=5)
    return build_network(Architecture(input=image, backbone=backbone, head=head), seed=0).eval()


def random_pictures(image: ImageInput, count: int = 4) -> torch.Tensor:
    shape = (count, image.channels, image.height, image.width)
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


@every_family
def test_every_parameter_lies_below_exactly_one_block(family: str) -> None:
    network = network_of(family, picture())
    blocks = network.blocks()
    homes = {
        name: [block for block in blocks if name.startswith(f"{block}.")]
        for name, _ in network.named_parameters()
    }
    assert {name: found for name, found in homes.items() if len(found) != 1} == {}
    assert blocks[-1] == "head"
    order = list(dict.fromkeys(block for found in homes.values() for block in found))
    assert order == list(blocks)


@every_family
@pytest.mark.parametrize("image", [picture(8, 8), picture(48, 32, channels=3)])
def test_any_picture_gives_features_of_the_stated_width(family: str, image: ImageInput) -> None:
    network = network_of(family, image)
    pictures = random_pictures(image)
    with torch.inference_mode():
        features = network.backbone(network.normalization(pictures))
        together, alone = network(pictures), network(pictures[:1])
    assert features.shape == (4, network.backbone.width)
    torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("family", "size"), MILLIONS)
def test_sizes_have_as_many_parameters_as_published(family: str, size: str) -> None:
    backbone = Transformers.model_validate({"family": family, "size": size})
    with torch.device("meta"):
        features = build_transformers_backbone(backbone, picture(224, 224, channels=3))
    total = num_parameters(features) + 1000 * (features.width + 1)
    assert total / 1e6 == pytest.approx(MILLIONS[family, size], rel=0.01)


def test_unknown_sizes_are_refused_with_those_that_exist() -> None:
    assert sizes("vit") == ("micro", "tiny", "small", "base", "large", "huge")
    with pytest.raises(ValidationError, match="there are micro, tiny, small, base, large, huge"):
        Transformers(family="vit", size="b0")


@pytest.mark.parametrize(
    ("family", "side", "patch"),
    [
        ("vit", 224, 16),
        ("vit", 64, 8),
        ("vit", 28, 4),
        ("vit", 8, 1),
        ("dinov2", 224, 14),
        ("swin", 224, 4),
        ("swin", 32, 2),
        ("convnextv2", 224, 4),
        ("convnextv2", 28, 1),
    ],
)
def test_pictures_decide_the_size_of_patches(family: str, side: int, patch: int) -> None:
    fitted = fitted_architecture({"model_type": family}, picture(side, side))
    assert fitted["patch_size"] == patch


def test_a_stated_size_of_patches_stays() -> None:
    stated = fitted_architecture({"model_type": "vit", "patch_size": 2}, picture())
    assert stated == {
        "model_type": "vit",
        "patch_size": 2,
        "num_channels": 1,
        "image_size": [32, 32],
    }


@pytest.mark.parametrize(
    ("architecture", "side", "words"),
    [
        ({"model_type": "vit", "patch_size": 16}, 40, "patches of 16×16"),
        ({"model_type": "convnext"}, 7, "too small"),
        ({"model_type": "vit"}, 127, "too many to attend to"),
    ],
)
def test_pictures_that_do_not_suit_are_refused_with_a_size_that_does(
    architecture: dict[str, Any], side: int, words: str
) -> None:
    with pytest.raises(InvalidData, match=words) as caught:
        fitted_architecture(architecture, picture(side, side))
    (problem,) = caught.value.diagnostics
    assert problem.code == "I392"
    assert "image.resize" in str(problem.fix)


def test_running_statistics_follow_the_data() -> None:
    """The library hands TensorFlow's momentum over, which would keep the last batch only."""
    for family in ("mobilenet_v2", "efficientnet"):
        norms = [
            m for m in network_of(family, picture()).modules() if isinstance(m, nn.BatchNorm2d)
        ]
        assert {norm.momentum for norm in norms} == {0.1}


def test_a_copy_of_a_network_uses_its_own_positions() -> None:
    """Averages of weights are made from copies."""
    image = picture()
    network = network_of("dinov2", image)
    copied = copy.deepcopy(network)
    with torch.no_grad():
        copied.get_parameter("backbone.model.embeddings.position_embeddings").add_(1.0)
    pictures = random_pictures(image)
    with torch.inference_mode():
        assert not torch.allclose(network(pictures), copied(pictures))


def test_several_threads_may_ask_one_fresh_network() -> None:
    """The library's Swin changes its layers at the first call."""
    image = picture()
    network = network_of("swin", image)
    pictures = random_pictures(image)

    def answer(_: int) -> torch.Tensor:
        with torch.inference_mode():
            outputs: torch.Tensor = network(pictures)
        return outputs

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(answer, range(8)))
    assert all(torch.equal(found, answers[0]) for found in answers)


def test_the_architecture_of_a_size_needs_no_name() -> None:
    """Names of sizes may mean something else one day; a package must not change with them."""
    from netloom.models.pretrained import resolved_backbone

    named = Transformers(family="convnext", size="micro")
    resolved = resolved_backbone(named)
    assert isinstance(resolved, Transformers)
    by_architecture = Transformers(architecture=resolved.architecture)
    image = picture()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first = build_transformers_backbone(named, image).state_dict()
        torch.manual_seed(0)
        second = build_transformers_backbone(by_architecture, image).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first.keys() | second.keys())
