"""Maps of the families of the transformers library."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from torch.nn.functional import cross_entropy

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, PixelHead
from netloom.models.decoder_spec import DeepLabDecoder, PixelDecoder, PyramidDecoder, UNetDecoder
from netloom.models.features import Features
from netloom.models.network import build_network
from netloom.models.spec import Transformers
from netloom.models.transformers_backbone import build_transformers_backbone
from netloom.models.transformers_maps import PATCHED
from netloom.models.transformers_presets import Family, sizes

FAMILIES: tuple[str, ...] = get_args(Family)
STRIDES = {
    "regnet": [4, 8, 16, 32],
    "resnet": [4, 8, 16, 32],
    "mobilenet_v2": [2, 4, 8, 16, 32],
    "efficientnet": [2, 4, 8, 16, 32],
    "vit": [16],
    "deit": [16],
    "dinov2": [14],
}
"""Of published sizes at 224 pixels; all others have 4, 8, 16 and 32."""

every_family = pytest.mark.parametrize("family", FAMILIES)


def picture(height: int, width: int) -> ImageInput:
    return ImageInput(channels=3, height=height, width=width, mean=(0.5,) * 3, std=(0.5,) * 3)


def built(family: str, height: int, width: int, *, size: str = "micro") -> Features:
    spec = Transformers.model_validate({"family": family, "size": size})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build_transformers_backbone(spec, picture(height, width)).eval()


@every_family
@pytest.mark.parametrize("extent", [(48, 32), (45, 66)])
def test_maps_have_the_channels_and_strides_they_are_said_to_have(
    family: str, extent: tuple[int, int]
) -> None:
    if family in PATCHED and extent == (45, 66):
        extent = (45, 63)  # patches of 3 pixels
    features = built(family, *extent)
    with torch.inference_mode():
        maps = features.maps(torch.rand(2, 3, *extent))
    assert [map_.shape[:2] for map_ in maps] == [(2, shape.channels) for shape in features.gives]
    for map_, shape in zip(maps, features.gives, strict=True):
        for side, places in zip(extent, map_.shape[2:], strict=True):
            assert side // shape.stride <= places <= -(-side // shape.stride)


@every_family
def test_published_sizes_have_maps_of_the_usual_strides(family: str) -> None:
    spec = Transformers.model_validate({"family": family, "size": sizes(family)[1]})
    with torch.device("meta"):
        features = build_transformers_backbone(spec, picture(224, 224))
    assert [shape.stride for shape in features.gives] == STRIDES.get(family, [4, 8, 16, 32])


@pytest.mark.parametrize("family", [each for each in FAMILIES if each not in PATCHED])
def test_the_coarsest_map_pooled_gives_the_features_of_the_picture(family: str) -> None:
    features = built(family, 44, 36)
    images = torch.rand(2, 3, 44, 36)
    with torch.inference_mode():
        pooled, expected = features.maps(images)[-1].mean(dim=(2, 3)), features(images)
        if family.startswith("convnext"):
            pooled = features.get_submodule("model.layernorm")(pooled)
    torch.testing.assert_close(pooled, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("family", sorted(PATCHED))
def test_places_of_patches_hold_their_tokens_row_by_row(family: str) -> None:
    features: Any = built(family, 32, 24)
    patch = features.gives[0].stride
    rows, columns = 32 // patch, 24 // patch
    images = torch.rand(2, 3, 32, 24)
    with torch.inference_mode():
        (map_NDhw,) = features.maps(images)
        states = features.model(images).last_hidden_state
    extra = states.shape[1] - rows * columns
    assert extra == (2 if family == "deit" else 1)
    assert map_NDhw.shape[2:] == (rows, columns)
    for row, column in ((0, 0), (0, columns - 1), (rows - 1, 1)):
        torch.testing.assert_close(
            map_NDhw[:, :, row, column], states[:, extra + row * columns + column]
        )


def test_maps_of_swin_are_those_of_the_library_before_merging() -> None:
    """Its own backbone shows them, with norms that have not learned anything yet."""
    from transformers import SwinBackbone

    features: Any = built("swin", 32, 32)
    settings = features.model.config
    settings.out_features = ["stage1", "stage2", "stage3"]
    library: Any = SwinBackbone(settings)
    library.eval()
    library.swin.load_state_dict(features.model.state_dict())
    images = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        expected = library(images).feature_maps
        found = features.maps(images)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


OTHER_DECODERS: list[tuple[str, PixelDecoder]] = [
    ("mobilenet_v2", PyramidDecoder(width=8, finest=4)),  # maps of which some are left out
    ("vit", DeepLabDecoder(width=8)),  # a single map
]


@pytest.mark.parametrize(
    ("family", "decoder"),
    [*((family, UNetDecoder(width=4)) for family in FAMILIES), *OTHER_DECODERS],
    ids=lambda part: part if isinstance(part, str) else part.type,
)
def test_a_decoder_learns_on_every_family(family: str, decoder: PixelDecoder) -> None:
    plan = Architecture(
        input=picture(16, 24),
        backbone=Transformers.model_validate({"family": family}),
        decoder=decoder,
        head=PixelHead(outputs=2),
    )
    network = build_network(plan, seed=0)
    images = torch.randint(0, 256, (4, 3, 16, 24), dtype=torch.uint8)
    masks = (images.float().mean(dim=1) > 127).long()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(5):
        loss = cross_entropy(network(images), masks)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert min(losses[1:]) < losses[0]


@pytest.mark.parametrize("family", ["pvt_v2", "segformer"])
def test_pictures_too_small_to_attend_to_are_refused_with_a_size_that_does(family: str) -> None:
    with pytest.raises(InvalidData, match="too small") as caught:
        built(family, 24, 40, size="b0")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.expected) == ("I392", "at least 32×32")
    assert built(family, 32, 32, size="b0").gives[-1].stride == 32
