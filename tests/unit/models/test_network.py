from __future__ import annotations

import pytest
import torch

from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import (
    build_network,
    num_parameters,
    outlined_network,
    unfilled_network,
)
from netloom.models.spec import ConvNet, Perceptron


def architecture(
    backbone: ConvNet | Perceptron, *, side: int = 8, channels: int = 1
) -> Architecture:
    image = ImageInput.model_validate(
        {
            "channels": channels,
            "height": side,
            "width": side,
            "mean": (0.5,) * channels,
            "std": (0.25,) * channels,
        }
    )
    return Architecture(input=image, backbone=backbone, head=LinearHead(outputs=5))


@pytest.mark.parametrize("side", [1, 2, 5, 8, 33])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("backbone", [ConvNet(), Perceptron(widths=(7, 4))])
def test_any_picture_size_gives_one_row_of_outputs_per_sample(
    backbone: ConvNet | Perceptron, side: int, channels: int
) -> None:
    network = build_network(architecture(backbone, side=side, channels=channels)).eval()
    images = torch.zeros((2, channels, side, side), dtype=torch.uint8)
    assert network(images).shape == (2, 5)


def test_normalisation_is_part_of_the_network_but_not_of_its_weights() -> None:
    network = build_network(architecture(Perceptron()))
    images = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1)
    assert network.normalization(images).flatten().tolist() == pytest.approx([-2.0, 2.0])
    assert not [name for name in network.state_dict() if name.startswith("normalization")]


def test_the_default_is_small() -> None:
    image = architecture(ConvNet())
    assert 25_000 <= num_parameters(build_network(image)) <= 100_000


def test_a_seed_decides_the_weights_and_leaves_the_global_stream_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    one = build_network(architecture(ConvNet()), seed=4).state_dict()
    assert torch.equal(torch.rand(3), expected)
    two = build_network(architecture(ConvNet()), seed=4).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_an_unfilled_network_draws_nothing_and_takes_any_weights() -> None:
    plan = architecture(ConvNet(), channels=3)
    weights = build_network(plan, seed=4).state_dict()
    before = torch.get_rng_state()
    network = unfilled_network(plan)
    assert torch.equal(torch.get_rng_state(), before)
    network.load_state_dict(weights)
    images = torch.arange(192, dtype=torch.uint8).view(1, 3, 8, 8)
    expected = build_network(plan, seed=4).eval()(images)
    assert torch.equal(network.eval()(images), expected)


def test_an_outlined_network_has_names_and_shapes_but_no_values() -> None:
    outline = outlined_network(architecture(Perceptron(widths=(10**6,)), side=1000))
    assert all(parameter.is_meta for parameter in outline.parameters())
    assert num_parameters(outline) == 10**12 + 10**6 + 5 * 10**6 + 5


def test_blocks_lead_from_the_input_to_the_head() -> None:
    network = build_network(architecture(Perceptron(widths=(7, 4))))
    assert network.blocks() == ("backbone.layers.0", "backbone.layers.1", "head")


def test_normalisation_needs_one_number_per_channel() -> None:
    with pytest.raises(ValueError, match="3 values each"):
        ImageInput(channels=3, height=4, width=4, mean=(0.5,), std=(0.5,))
