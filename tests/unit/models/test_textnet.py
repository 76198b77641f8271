"""TextNet of the transformers library: its maps, and its published sizes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from netloom.models.architecture import ImageInput
from netloom.models.spec import Transformers
from netloom.models.transformers_backbone import TransformersFeatures, build_transformers_backbone


def built(size: str, *, height: int, width: int, device: str = "cpu") -> TransformersFeatures:
    image = ImageInput(channels=3, height=height, width=width, mean=(0.5,) * 3, std=(0.5,) * 3)
    with torch.random.fork_rng(devices=[]), torch.device(device):
        torch.manual_seed(0)
        spec = Transformers(family="textnet", size=size)
        return build_transformers_backbone(spec, image).eval()


def test_maps_are_those_of_the_library_s_own_backbone() -> None:
    from transformers import TextNetBackbone

    features: Any = built("micro", height=44, width=36)
    settings = features.model.config
    settings.out_features = [f"stage{number}" for number in (1, 2, 3, 4)]
    library: Any = TextNetBackbone(settings)
    library.eval()
    library.textnet.load_state_dict(features.model.state_dict())
    images = torch.rand(2, 3, 44, 36)
    with torch.inference_mode():
        expected, found = library(images).feature_maps, features.maps(images)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("size", "millions"), [("tiny", 6.8), ("small", 8.0), ("base", 8.9)])
def test_one_convolution_of_each_layer_has_the_published_parameters(
    size: str, millions: float
) -> None:
    """Table 6 of arXiv:2111.02394 counts networks whose layers are folded into one convolution each."""
    features = built(size, height=640, width=640, device="meta")
    folded = sum(
        parameter.numel()
        for name, parameter in features.named_parameters()
        if name.startswith("model.stem.") or ".main_" in name
    )
    assert round(folded / 1e6, 1) == millions
