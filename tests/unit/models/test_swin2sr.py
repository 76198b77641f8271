from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, Head, ImageInput, LinearHead, PictureHead
from netloom.models.decoder_spec import UNetDecoder
from netloom.models.network import Network, build_network, num_parameters, outlined_network
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import Body, ConvNet
from netloom.models.transformers_library import library_settings, quiet
from netloom.training.warm_start import WarmStart, pretrained_start

TINY: dict[str, Any] = {
    "model_type": "swin2sr",
    "embed_dim": 8,
    "depths": [2, 1],
    "num_heads": [2, 2],
    "window_size": 4,
    "upscale": 1,
    "upsampler": "",
    "num_channels": 3,
}
MEAN_OF_COLOUR = (0.4488, 0.4371, 0.4040)


def planned(
    body: Body = Swin2SR(architecture=TINY),
    *,
    channels: int = 3,
    size: tuple[int, int] = (12, 16),
    head: Head = PictureHead(),
    **others: Any,
) -> Architecture:
    image = ImageInput(
        channels=channels,
        height=size[0],
        width=size[1],
        mean=(0.5, 0.4, 0.3)[:channels],
        std=(0.25, 0.2, 0.15)[:channels],
    )
    return Architecture(input=image, backbone=body, head=head, **others)


def pictures(channels: int = 3, size: tuple[int, int] = (12, 16)) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (2, channels, *size), dtype=torch.uint8, generator=generator)


def saved(folder: Path, size: tuple[int, int] = (12, 16), **changes: Any) -> Any:
    """The library's own network as the hub lays it out, with parameters that are not those of a beginning."""
    from transformers import Swin2SRForImageSuperResolution

    described = library_settings({**TINY, "image_size": list(size), **changes})
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(0)
        network: Any = Swin2SRForImageSuperResolution(described)
        network.eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
        network.save_pretrained(folder)
    return network


def started(folder: Path, *, channels: int = 3) -> tuple[Network, WarmStart]:
    resolved = resolved_backbone(Swin2SR(pretrained=str(folder)))
    network = build_network(planned(resolved, channels=channels), seed=1)
    weights = pretrained_weights(resolved)
    assert weights is not None
    return network.eval(), pretrained_start(network, weights)


@pytest.mark.parametrize(("channels", "img_range"), [(3, 1.0), (1, 1.0), (1, 255.0)])
def test_a_local_folder_changes_pictures_as_the_library_s_own_network_does(
    tmp_path: Path, channels: int, img_range: float
) -> None:
    original = saved(tmp_path, num_channels=channels, img_range=img_range)
    network, start = started(tmp_path, channels=channels)
    levels = pictures(channels) / 255.0
    with torch.inference_mode():
        # The library adds the mean of colour, and divides by the range, without having done the opposite to
        # the picture before; the change is what both must agree about.
        whole = original(levels).reconstruction
        mean = torch.tensor(MEAN_OF_COLOUR if channels == 3 else (0.0,)).view(1, -1, 1, 1)
        expected = whole - mean - levels / img_range
        found = network(pictures(channels)) - levels
    torch.testing.assert_close(found, expected, atol=2e-6, rtol=1e-5)
    assert expected.std() > 0.001
    assert (start.fresh, start.adapted, start.unused) == ((), (), ())


@pytest.mark.parametrize("size", [(12, 16), (9, 14), (3, 5)])
def test_pictures_of_any_size_are_continued_to_whole_windows(size: tuple[int, int]) -> None:
    network = build_network(planned(size=size), seed=0).eval()
    images = pictures(size=size)
    below, right = -size[0] % 4, -size[1] % 4
    larger = build_network(planned(size=(size[0] + below, size[1] + right)), seed=0).eval()
    continued = torch.nn.functional.pad(images.float(), (0, right, 0, below), mode="replicate")
    with torch.inference_mode():
        (found,) = network.backbone.maps(network.normalization(images))
        (expected,) = larger.backbone.maps(larger.normalization(continued))
    torch.testing.assert_close(found, expected[:, :, : size[0], : size[1]])


def test_how_the_data_is_normalised_does_not_matter() -> None:
    plan = planned()
    image = plan.input.model_copy(update={"mean": (0.0,) * 3, "std": (1.0,) * 3})
    one, two = (
        build_network(each, seed=0).eval()
        for each in (plan, plan.model_copy(update={"input": image}))
    )
    with torch.inference_mode():
        for network in (one, two):
            network.head.layer.weight.fill_(0.1)  # type: ignore[union-attr, operator]
        torch.testing.assert_close(one(pictures()), two(pictures()))


def test_what_was_made_for_enlarging_is_used_up_to_the_layer_that_enlarges(tmp_path: Path) -> None:
    saved(tmp_path, upscale=2, upsampler="pixelshuffledirect")
    network, start = started(tmp_path)
    assert start.fresh == ("head.layer.bias", "head.layer.weight")
    assert start.unused == ("upsample.conv.bias", "upsample.conv.weight")
    with torch.inference_mode():
        torch.testing.assert_close(network(pictures()), pictures() / 255.0)  # no change yet


def test_grey_pictures_look_as_three_equal_channels_would(tmp_path: Path) -> None:
    saved(tmp_path)
    colour, _ = started(tmp_path)
    grey, start = started(tmp_path, channels=1)
    assert start.adapted == ("backbone.model.first_convolution.weight",)
    assert start.fresh == ("head.layer.bias", "head.layer.weight")
    images = pictures(1)
    with torch.inference_mode():
        (found,) = grey.backbone.maps(grey.normalization(images))
        (expected,) = colour.backbone.maps(colour.normalization(images.repeat(1, 3, 1, 1)))
        grey.backbone.model.mean.zero_()  # type: ignore[union-attr, operator]
        (darker,) = grey.backbone.maps(grey.normalization(images))
    apart, usual = (found - expected).abs().mean(), (darker - expected).abs().mean()
    assert apart < 0.05 * expected.std()
    assert apart < usual / 5


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "swin"}))
    with pytest.raises(InvalidData) as caught:
        resolved_backbone(Swin2SR(pretrained=str(tmp_path)))
    assert [each.code for each in caught.value.diagnostics] == ["I391"]


def test_weights_that_do_not_fit_their_description_are_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    description = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**description, "embed_dim": 16}))
    with pytest.raises(InvalidData) as caught:
        pretrained_weights(resolved_backbone(Swin2SR(pretrained=str(tmp_path))))
    assert [each.code for each in caught.value.diagnostics] == ["I394"]


def test_published_sizes_have_as_many_parameters_as_published() -> None:
    millions = {
        size: num_parameters(outlined_network(planned(Swin2SR(size=size)))) / 1e6
        for size in ("micro", "small", "base")
    }
    # Without the layers that enlarge: less than 0.01 million of the light network.
    assert {size: round(number, 2) for size, number in millions.items()} == {
        "micro": 0.08,
        "small": 1.0,
        "base": 11.84,
    }


def test_every_parameter_lies_below_exactly_one_block() -> None:
    network = outlined_network(planned())
    for name, _ in network.named_parameters():
        assert sum(name.startswith(f"{block}.") for block in network.blocks()) == 1, name


def test_every_parameter_gets_a_gradient_and_copies_compute_the_same() -> None:
    network = build_network(planned(), seed=0)
    copied = copy.deepcopy(network)
    with torch.no_grad():
        for each in (network, copied):
            each.head.layer.weight.fill_(0.1)  # type: ignore[union-attr, operator]
    torch.testing.assert_close(network(pictures()), copied(pictures()))
    (network(pictures()) - 0.5).square().mean().backward()
    without = [
        name
        for name, each in network.named_parameters()
        if each.grad is None or not each.grad.any()
    ]
    assert without == []


def test_it_needs_a_head_that_gives_a_picture_and_no_decoder() -> None:
    with pytest.raises(ValidationError, match="needs a head that gives a picture"):
        planned(head=LinearHead(outputs=2))
    with pytest.raises(ValidationError, match="take no decoder"):
        planned(decoder=UNetDecoder())
    with pytest.raises(ValidationError, match="all others need one"):
        planned(ConvNet())


def test_a_revision_belongs_to_a_pretrained_network() -> None:
    with pytest.raises(ValidationError, match="revision belongs to a pretrained network"):
        Swin2SR(revision="main")
