from __future__ import annotations

import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import Network, build_network
from netloom.models.spec import ConvNet, Perceptron
from netloom.models.whole_checkpoint import PretrainedWeights
from netloom.training.warm_start import pretrained_start, warm_start


def network(outputs: int, *, channels: int = 1, seed: int = 0, width: int = 4) -> Network:
    image = ImageInput.model_validate(
        {
            "channels": channels,
            "height": 8,
            "width": 8,
            "mean": [0] * channels,
            "std": [1] * channels,
        }
    )
    head = LinearHead(outputs=outputs)
    backbone = ConvNet(widths=(width, 6))
    return build_network(Architecture(input=image, backbone=backbone, head=head), seed=seed)


def test_equal_label_spaces_take_the_head_as_it_is() -> None:
    old, new = network(3, seed=1), network(3, seed=2)
    start = warm_start(new, old.state_dict(), source="x", labels=(("a", "b", "c"), ("a", "b", "c")))
    assert (start.adapted, start.fresh, start.unused) == ((), (), ())
    for name, tensor in old.state_dict().items():
        assert torch.equal(new.state_dict()[name], tensor)


def test_labels_in_another_order_take_their_outputs_along() -> None:
    old, new = network(3, seed=1), network(3, seed=2)
    start = warm_start(new, old.state_dict(), source="x", labels=(("a", "b", "c"), ("c", "a", "b")))
    assert start.adapted == ("head.1.weight", "head.1.bias")
    assert torch.equal(new.head[1].bias, old.head[1].bias[[2, 0, 1]])
    assert torch.equal(new.head[1].weight, old.head[1].weight[[2, 0, 1]])


def test_labels_that_are_new_keep_the_outputs_they_were_given() -> None:
    old, new = network(2, seed=1), network(3, seed=2)
    given = new.head[1].bias.detach().clone()
    warm_start(new, old.state_dict(), source="x", labels=(("a", "b"), ("n", "b", "m")))
    assert torch.equal(new.head[1].bias, torch.stack([given[0], old.head[1].bias[1], given[2]]))


def test_without_a_common_label_the_head_starts_afresh_even_if_its_shape_fits() -> None:
    old, new = network(2, seed=1), network(2, seed=2)
    given = new.head[1].bias.detach().clone()
    start = warm_start(new, old.state_dict(), source="x", labels=(("a", "b"), ("c", "d")))
    assert start.fresh == ("head.1.bias", "head.1.weight")
    assert start.unused == ("head.1.bias", "head.1.weight")
    assert torch.equal(new.head[1].bias, given)


def test_a_head_that_fits_only_in_part_starts_afresh_whole() -> None:
    old = build_network(
        Architecture(
            input=network(2).architecture.input,
            backbone=Perceptron(widths=(5,)),
            head=LinearHead(outputs=2),
        ),
        seed=0,
    )
    with pytest.raises(InvalidData, match="No tensor"):
        warm_start(network(3), old.state_dict(), source="x", labels=(("a", "b"), ("a", "b", "c")))


def test_pretrained_weights_say_what_was_adapted_and_what_was_left_over() -> None:
    old, new = network(2, channels=3, seed=1), network(2, channels=1, seed=2)
    tensors = {n: t for n, t in old.state_dict().items() if n.startswith("backbone.")}
    weights = PretrainedWeights(
        source="demo", tensors=tensors, unused=("fc.bias",), digest="0" * 64
    )
    start = pretrained_start(new, weights)
    (first,) = start.adapted
    assert torch.equal(new.state_dict()[first], tensors[first].sum(dim=1, keepdim=True))
    assert start.unused == ("fc.bias",)
    assert start.fresh == ("head.1.bias", "head.1.weight")
    assert set(start.to_json()) == {"source", "reused", "adapted", "fresh", "unused", "notes"}
