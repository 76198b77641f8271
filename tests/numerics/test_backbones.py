"""Native backbones against the same networks of another library, with the same weights."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch

from netloom.models.architecture import ImageInput
from netloom.models.backbones.resnet import ResNetFeatures
from netloom.models.spec import ResNet

IMAGE = ImageInput(channels=3, height=70, width=52, mean=(0.5,) * 3, std=(0.5,) * 3)

PARTS = {
    "embedder.embedder.convolution": "conv1",
    "embedder.embedder.normalization": "bn1",
    "shortcut.convolution": "downsample.0",
    "shortcut.normalization": "downsample.1",
}


def our_name(theirs: str) -> str:
    """``encoder.stages.0.layers.1.layer.2.convolution.weight`` is ``layer1.1.conv3.weight`` here."""
    module, _, leaf = theirs.rpartition(".")
    if module in PARTS:
        return f"{PARTS[module]}.{leaf}"
    _, _, stage, _, block, rest = module.split(".", 5)
    if rest in PARTS:
        return f"layer{int(stage) + 1}.{block}.{PARTS[rest]}.{leaf}"
    _, place, kind = rest.split(".")
    short = {"convolution": "conv", "normalization": "bn"}[kind]
    return f"layer{int(stage) + 1}.{block}.{short}{int(place) + 1}.{leaf}"


@pytest.mark.parametrize(
    ("depth", "kind", "blocks", "expansion"),
    [(18, "basic", [2, 2, 2, 2], 1), (50, "bottleneck", [3, 4, 6, 3], 4)],
)
def test_residual_networks_compute_what_the_transformers_library_computes(
    depth: Literal[18, 50], kind: Literal["basic", "bottleneck"], blocks: list[int], expansion: int
) -> None:
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    channels = [8 * expansion * 2**stage for stage in range(4)]
    settings = ResNetConfig(embedding_size=8, hidden_sizes=channels, depths=blocks, layer_type=kind)
    theirs: Any = ResNetModel(settings)
    images_NCHW = torch.randn(2, 3, IMAGE.height, IMAGE.width)
    theirs.train()(images_NCHW)  # statistics other than 0 and 1
    theirs.eval()
    ours = ResNetFeatures(ResNet(depth=depth, width=0.125, stem="imagenet"), IMAGE).eval()
    ours.load_state_dict({our_name(name): tensor for name, tensor in theirs.state_dict().items()})
    with torch.inference_mode():
        expected_ND = theirs(images_NCHW).pooler_output.flatten(1)
        torch.testing.assert_close(ours(images_NCHW), expected_ND)
