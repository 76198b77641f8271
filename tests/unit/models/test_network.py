from __future__ import annotations

import pytest
import torch

from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import build_network, num_parameters
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


def test_normalisation_needs_one_number_per_channel() -> None:
    with pytest.raises(ValueError, match="3 values each"):
        ImageInput(channels=3, height=4, width=4, mean=(0.5,), std=(0.5,))
