"""A whole SegFormer from a folder that is laid out as the hub lays it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import interpolate

from netloom.models.architecture import Architecture, ImageInput, LinearHead, PixelHead
from netloom.models.decoder_spec import Decoder, SegFormerDecoder, UNetDecoder
from netloom.models.network import Network, build_network
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.models.spec import Transformers
from netloom.training.warm_start import WarmStart, pretrained_start

LABELS = ("wall", "sky", "cat")
SETTINGS: dict[str, Any] = {
    "hidden_sizes": [8, 16],
    "depths": [1, 2],
    "num_attention_heads": [1, 2],
    "num_encoder_blocks": 2,
    "patch_sizes": [7, 3],
    "strides": [4, 2],
    "sr_ratios": [4, 2],
    "mlp_ratios": [2, 2],
    "decoder_hidden_size": 12,
    "id2label": dict(enumerate(LABELS)),
    "label2id": {label: number for number, label in enumerate(LABELS)},
}
WIDTH = SegFormerDecoder(width=12)


@pytest.fixture
def library(tmp_path: Path) -> Any:
    """The library's network, whose running statistics are not those of a fresh one; written to a folder."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    from netloom.models.transformers_library import quiet

    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model: Any = SegformerForSemanticSegmentation(SegformerConfig(**SETTINGS))
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                moved = tensor + 0.1 * torch.rand_like(tensor)
                tensor.copy_(moved.abs() if name.endswith("running_var") else moved)
        model.save_pretrained(tmp_path / "checkpoint")
    return model.eval()


def started(
    folder: Path, decoder: Decoder | None, labels: tuple[str, ...] = LABELS
) -> tuple[Network, WarmStart]:
    backbone = resolved_backbone(Transformers(pretrained=str(folder / "checkpoint")))
    image = ImageInput(channels=3, height=32, width=48, mean=(0.5,) * 3, std=(0.5,) * 3)
    head = PixelHead if decoder is not None else LinearHead
    plan = Architecture(
        input=image, backbone=backbone, decoder=decoder, head=head(outputs=len(labels))
    )
    network = build_network(plan, seed=1).eval()
    weights = pretrained_weights(backbone)
    assert weights is not None
    return network, pretrained_start(network, weights, labels=labels)


def test_outputs_are_those_of_the_library(library: Any, tmp_path: Path) -> None:
    network, start = started(tmp_path, WIDTH)
    images = torch.randint(0, 256, (2, 3, 32, 48), dtype=torch.uint8)
    with torch.inference_mode():
        logits = library(network.normalization(images)).logits
        expected = interpolate(logits, size=(32, 48), mode="bilinear", align_corners=False)
        torch.testing.assert_close(network(images), expected, atol=1e-5, rtol=1e-5)
    assert (start.fresh, start.adapted, start.unused) == ((), (), ())
    assert len(start.reused) == len(network.state_dict())


def test_other_labels_start_the_last_layer_afresh_and_nothing_else(
    library: Any, tmp_path: Path
) -> None:
    network, start = started(tmp_path, WIDTH, ("wall", "dog"))
    assert start.fresh == ("head.layer.bias", "head.layer.weight")
    torch.testing.assert_close(
        network.state_dict()["decoder.fuse.weight"], library.decode_head.linear_fuse.weight
    )
    assert network.head.get_parameter("layer.weight").shape == (2, 12, 1, 1)


def test_the_same_labels_in_another_order_start_the_last_layer_afresh(
    library: Any, tmp_path: Path
) -> None:
    _, start = started(tmp_path, WIDTH, ("sky", "wall", "cat"))
    assert start.fresh == ("head.layer.bias", "head.layer.weight")


def test_another_decoder_takes_the_backbone_alone(library: Any, tmp_path: Path) -> None:
    network, start = started(tmp_path, UNetDecoder(width=12))
    assert all(name.startswith("backbone.") for name in start.reused)
    assert {name for name in start.fresh if name.startswith("head.")} == {
        "head.layer.bias",
        "head.layer.weight",
    }
    assert "decoder.fuse.weight" in start.unused
    expected = library.segformer.state_dict()
    for name, tensor in network.backbone.get_submodule("model").state_dict().items():
        assert torch.equal(tensor, expected[name]), name


def test_a_decoder_of_another_width_starts_afresh_with_its_head(
    library: Any, tmp_path: Path
) -> None:
    _, start = started(tmp_path, SegFormerDecoder(width=8))
    assert all(name.startswith("backbone.") for name in start.reused if ".norm." not in name)
    assert {"decoder.fuse.weight", "head.layer.weight"} <= set(start.fresh)


def test_it_lends_its_backbone_to_a_classifier_of_pictures(library: Any, tmp_path: Path) -> None:
    _, start = started(tmp_path, None)
    assert start.fresh == ("head.1.bias", "head.1.weight")
    assert "head.layer.weight" in start.unused
