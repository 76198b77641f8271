"""Whole networks for depth from folders that are laid out as the hub lays them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, PixelHead
from netloom.models.decoder_spec import UNetDecoder
from netloom.models.depth_spec import DepthNetwork
from netloom.models.network import Network, build_network, num_parameters, outlined_network
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.tasks.pixel_maps.depth_estimation import DepthEstimationTask
from netloom.training.warm_start import WarmStart, pretrained_start

SIDE = 32
BACKBONE: dict[str, Any] = {
    "model_type": "dinov2",
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": 8,
    "out_indices": [1, 2],
    "reshape_hidden_states": False,
}
DEPTH_ANYTHING: dict[str, Any] = {
    "model_type": "depth_anything",
    "backbone_config": BACKBONE,
    "patch_size": 8,
    "reassemble_hidden_size": 16,
    "reassemble_factors": [2, 0.5],
    "neck_hidden_sizes": [8, 12],
    "fusion_hidden_size": 8,
    "head_hidden_size": 6,
    "depth_estimation_type": "metric",
    "max_depth": 20,
}
GLPN: dict[str, Any] = {
    "model_type": "glpn",
    "num_encoder_blocks": 2,
    "hidden_sizes": [8, 16],
    "depths": [1, 1],
    "num_attention_heads": [1, 2],
    "mlp_ratios": [2, 2],
    "sr_ratios": [2, 1],
    "patch_sizes": [7, 3],
    "strides": [4, 2],
    "decoder_hidden_size": 8,
    "max_depth": 80,
}
FAMILIES = {"depth_anything": DEPTH_ANYTHING, "glpn": GLPN}


def checkpoint(folder: Path, settings: dict[str, Any]) -> Any:
    """The library's network with numbers unlike those of a fresh one, and its folder."""
    from transformers import DepthAnythingForDepthEstimation, GLPNForDepthEstimation

    from netloom.models.transformers_library import library_settings, quiet

    is_glpn = settings["model_type"] == "glpn"
    library: Any = GLPNForDepthEstimation if is_glpn else DepthAnythingForDepthEstimation
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = library(library_settings(settings))
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                moved = tensor + 0.1 * torch.rand_like(tensor)
                tensor.copy_(moved.abs() if name.endswith("running_var") else moved)
        model.save_pretrained(folder)
    return model.eval()


def picture(height: int, width: int, *, channels: int = 3) -> ImageInput:
    values = {"mean": (0.5,) * channels, "std": (0.25,) * channels}
    return ImageInput.model_validate(
        {"channels": channels, "height": height, "width": width, **values}
    )


def planned(body: DepthNetwork, image: ImageInput) -> Architecture:
    head = DepthEstimationTask().head((), dropout=body.dropout)
    return Architecture(input=image, backbone=resolved_backbone(body), head=head)


def started(body: DepthNetwork, image: ImageInput) -> tuple[Network, WarmStart]:
    plan = planned(body, image)
    network = build_network(plan, seed=1).eval()
    weights = pretrained_weights(plan.backbone)
    assert weights is not None
    return network, pretrained_start(network, weights)


def pixels(image: ImageInput, count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (count, image.channels, image.height, image.width)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("extent", [(SIDE, SIDE), (24, 48)])
@pytest.mark.parametrize("family", FAMILIES)
def test_metres_are_those_of_the_library(
    family: str, extent: tuple[int, int], tmp_path: Path
) -> None:
    library = checkpoint(tmp_path, FAMILIES[family])
    image = picture(*extent)
    network, start = started(DepthNetwork(pretrained=str(tmp_path)), image)
    images = pixels(image)
    with torch.inference_mode():
        expected = library(network.normalization(images)).predicted_depth
        found = DepthEstimationTask().scores(network(images))[:, 0]
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-4)
    assert np.ptp(found) > 0.01  # the pictures do make a difference
    assert start.fresh == ()
    resampled = ("backbone.model.backbone.embeddings.position_embeddings",)
    assert start.adapted == (resampled if (family, extent[0]) == ("depth_anything", 24) else ())


def test_a_network_for_relative_depth_lends_all_but_its_last_layer(tmp_path: Path) -> None:
    library = checkpoint(tmp_path, {**DEPTH_ANYTHING, "depth_estimation_type": "relative"})
    image = picture(SIDE, SIDE)
    network, start = started(DepthNetwork(pretrained=str(tmp_path)), image)
    assert start.fresh == ("head.model.conv3.bias", "head.model.conv3.weight")
    taken: list[torch.Tensor] = []
    for head in (library.head, network.head.model):
        head.conv3.register_forward_pre_hook(lambda _, given: taken.append(given[0]))
    with torch.inference_mode():
        library(network.normalization(pixels(image)))
        logs = network(pixels(image))
    torch.testing.assert_close(taken[0], taken[1], atol=1e-5, rtol=1e-5)
    assert logs.min() < 0 or logs.max() > 0  # no limit: the logarithm itself


@pytest.mark.parametrize("family", FAMILIES)
def test_a_limit_of_one_s_own_takes_the_place_of_the_checkpoint_s(
    family: str, tmp_path: Path
) -> None:
    checkpoint(tmp_path, FAMILIES[family])
    image = picture(SIDE, SIDE)
    usual, _ = started(DepthNetwork(pretrained=str(tmp_path)), image)
    own, _ = started(DepthNetwork(pretrained=str(tmp_path), farthest=5.0), image)
    with torch.inference_mode():
        ratio = (own(pixels(image)) - usual(pixels(image))).exp()
    expected = 5.0 / FAMILIES[family]["max_depth"]
    torch.testing.assert_close(ratio, torch.full_like(ratio, expected))


def test_grey_pictures_get_a_summed_first_convolution(tmp_path: Path) -> None:
    checkpoint(tmp_path, DEPTH_ANYTHING)
    _, start = started(DepthNetwork(pretrained=str(tmp_path)), picture(SIDE, SIDE, channels=1))
    assert start.adapted == (
        "backbone.model.backbone.embeddings.patch_embeddings.projection.weight",
    )


def test_glpn_expects_levels_as_they_are(tmp_path: Path) -> None:
    checkpoint(tmp_path, GLPN)
    _, start = started(DepthNetwork(pretrained=str(tmp_path)), picture(SIDE, SIDE))
    assert "with mean 0, 0, 0 and std 1, 1, 1" in " ".join(start.notes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model_type": "dpt"}, "model_type depth_anything, glpn"),
        ({"backbone_config": {"model_type": "swin"}}, "backbone_config with model_type dinov2"),
        (
            {"backbone_config": None, "backbone": "some/network"},
            "backbone_config with model_type dinov2",
        ),
    ],
)
def test_other_networks_are_refused(changes: dict[str, Any], expected: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**DEPTH_ANYTHING, **changes}))
    with pytest.raises(InvalidData) as caught:
        resolved_backbone(DepthNetwork(pretrained=str(tmp_path)))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.expected) == ("I391", expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (DepthNetwork(size="small"), "sides that are multiples of 14"),
        (DepthNetwork(family="glpn"), "sides that are multiples of 16"),
    ],
)
def test_pictures_that_do_not_fit_are_refused(body: DepthNetwork, expected: str) -> None:
    with pytest.raises(InvalidData) as caught:
        outlined_network(planned(body, picture(40, 42)))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.expected) == ("I392", expected)


PUBLISHED = [
    # The library never calls the first of the layers that join maps, so ours has none:
    # two convolutions of 3×3.
    (DepthNetwork(size="small"), 24.8, 2 * (9 * 64 + 1) * 64),
    (DepthNetwork(size="base"), 97.5, 2 * (9 * 128 + 1) * 128),
    (DepthNetwork(size="large"), 335.3, 2 * (9 * 256 + 1) * 256),
    (DepthNetwork(family="glpn", size="base"), 61.2, 0),
]


@pytest.mark.parametrize(("body", "millions", "uncalled"), PUBLISHED)
def test_sizes_have_the_published_parameters(
    body: DepthNetwork, millions: float, uncalled: int
) -> None:
    sides = (480, 640) if body.family == "glpn" else (518, 518)
    network = outlined_network(planned(body, picture(*sides)))
    assert round((num_parameters(network) + uncalled) / 1e6, 1) == millions


@pytest.mark.parametrize("wrong", [{"decoder": UNetDecoder()}, {"head": PixelHead(outputs=2)}])
def test_it_comes_with_its_own_decoder_and_head(wrong: dict[str, Any]) -> None:
    plan = planned(DepthNetwork(), picture(SIDE, SIDE))
    with pytest.raises(ValueError, match="depth_network"):
        Architecture(**{**dict(plan), **wrong})


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_learns_and_lies_below_exactly_one_block(family: str) -> None:
    body = DepthNetwork.model_validate({"family": family})
    network = build_network(planned(body, picture(SIDE, 48)), seed=0)
    network(pixels(network.architecture.input)).square().mean().backward()
    blocks = network.blocks()
    for name, parameter in network.named_parameters():
        assert [block for block in blocks if name.startswith(f"{block}.")], name
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    assert blocks[-1] == "head"
