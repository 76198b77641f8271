"""Every network for clips: blocks, weights, and one clip predicts as in a batch and as exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.nn.functional import cross_entropy
from video_examples import BODIES

from netloom.compression.onnx_export import export_model
from netloom.core.errors import InvalidData
from netloom.inference.predictor import Predictor
from netloom.models.architecture import Architecture, ClipInput, ImageInput, LinearHead
from netloom.models.clip_spec import TemporalAttention, VideoMAE
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.models.profile import profile_network
from netloom.models.spec import ClipBody, ConvNet, FrameSequence, ResNet
from netloom.training.warm_start import pretrained_start

LABELS = ("a", "b", "c")
every_body = pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))


def plan(body: Any, *, frames: int = 4, side: tuple[int, int] = (8, 12)) -> Architecture:
    clip = ClipInput(
        channels=3, height=side[0], width=side[1], mean=(0.5,) * 3, std=(0.2,) * 3, frames=frames
    )
    return Architecture(input=clip, backbone=resolved_backbone(body), head=LinearHead(outputs=3))


def clips(count: int, *, frames: int = 4) -> np.ndarray:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 86, (count, frames, 8, 12, 3))
    return (noise + 85 * (np.arange(count) % 3).reshape(-1, 1, 1, 1, 1)).astype(np.uint8)


def as_tensor(clips_NTHWC: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(clips_NTHWC).permute(0, 1, 4, 2, 3)


@every_body
def test_every_parameter_learns_and_lies_below_exactly_one_block(body: ClipBody) -> None:
    network = build_network(plan(body), seed=0)
    cross_entropy(network(as_tensor(clips(4))), torch.tensor([0, 1, 2, 0])).backward()
    blocks = network.blocks()
    for name, parameter in network.named_parameters():
        assert sum(name.startswith(f"{block}.") for block in blocks) == 1, name
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


@every_body
def test_batch_single_and_exported_predict_the_same(body: ClipBody, tmp_path: Path) -> None:
    network = build_network(plan(body), seed=0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    videos = clips(6)
    for _ in range(4):
        cross_entropy(network(as_tensor(videos)), torch.arange(6) % 3).backward()
        optimizer.step()
        optimizer.zero_grad()
    manifest = PackageManifest(
        task="video_classification",
        labels=LABELS,
        architecture=network.architecture,
        preprocessing=({"type": "clips", "frames": 4},),
    )
    save_package(tmp_path / "model", manifest, network.state_dict())
    export = export_model(tmp_path / "model", tmp_path / "exported", tolerance=1e-5, timed=False)
    assert export.manifest.inputs[0].shape == ("batch", 4, 3, 8, 12)
    with torch.inference_mode():
        expected = network.eval()(as_tensor(videos)).softmax(dim=1).numpy()
    for folder, batch_size in (("model", 256), ("model", 1), ("exported", 256)):
        found = Predictor.open(tmp_path / folder, batch_size=batch_size).predict(videos)
        scores = np.array([list(each["scores"].values()) for each in found])
        np.testing.assert_allclose(scores, expected, atol=1e-5, rtol=0)
    assert np.ptp(expected, axis=0).max() > 1e-4  # the clips do make a difference


@every_body
def test_a_profile_counts_a_whole_clip(body: ClipBody) -> None:
    profile = profile_network(build_network(plan(body), seed=0), batch_size=8)
    assert profile.parameters == sum(block.parameters for block in profile.blocks)
    assert profile.macs > 0


def test_only_the_mean_does_not_see_the_order_of_frames() -> None:
    forwards = as_tensor(clips(2))
    forwards = (forwards * torch.tensor([1, 2, 2, 1]).view(1, 4, 1, 1, 1) // 2).to(torch.uint8)
    forwards[:, 0] = 0
    backwards = forwards.flip(1)
    for kind, body in BODIES.items():
        network = build_network(plan(body), seed=0).eval()
        with torch.inference_mode():
            difference = (network(forwards) - network(backwards)).abs().max().item()
        assert (difference < 1e-5) == (kind == "frames/mean"), (kind, difference)


def test_the_mean_over_frames_is_what_the_network_for_pictures_says_of_equal_frames() -> None:
    body = BODIES["frames/mean"]
    assert isinstance(body, FrameSequence)
    network = build_network(plan(body), seed=0).eval()
    still = as_tensor(clips(2)[:, :1].repeat(4, axis=1))
    with torch.inference_mode():
        frames: Any = network.backbone.images
        expected = frames(network.normalization(still[:, 0]))
        found = network.backbone(network.normalization(still))
    torch.testing.assert_close(found, expected)


def test_networks_for_clips_and_for_pictures_are_not_confused() -> None:
    picture = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
    clip = ClipInput(**picture.model_dump(), frames=4)
    for given, body in ((picture, FrameSequence()), (clip, ConvNet())):
        with pytest.raises(ValidationError, match="clips of videos need"):
            Architecture(input=given, backbone=body, head=LinearHead(outputs=2))
    whole = Architecture(input=clip, backbone=FrameSequence(), head=LinearHead(outputs=2))
    assert Architecture.model_validate_json(whole.model_dump_json()) == whole


def test_settings_that_cannot_be_built_are_refused() -> None:
    with pytest.raises(ValidationError, match="cannot be shared among 3 heads"):
        TemporalAttention(width=8, heads=3)
    with pytest.raises(ValidationError, match="revision belongs to a pretrained network"):
        VideoMAE(revision="main")
    with pytest.raises(InvalidData, match="do not fit videomae"):
        build_network(plan(VideoMAE(), frames=3))


def test_a_videomae_on_disk_gives_what_its_library_gives(tmp_path: Path) -> None:
    from transformers import VideoMAEConfig, VideoMAEForVideoClassification

    described = VideoMAEConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        image_size=16, patch_size=8, num_frames=4, num_labels=3,
    )  # fmt: skip
    torch.manual_seed(0)
    theirs: Any = VideoMAEForVideoClassification(described).eval()
    torch.nn.init.normal_(theirs.fc_norm.weight)
    theirs.save_pretrained(tmp_path / "videomae")
    body = resolved_backbone(VideoMAE(pretrained=str(tmp_path / "videomae")))
    clip = ClipInput(channels=3, height=16, width=16, mean=(0.0,) * 3, std=(1 / 255,) * 3, frames=4)
    network = build_network(
        Architecture(input=clip, backbone=body, head=LinearHead(outputs=3)), seed=1
    ).eval()
    weights = pretrained_weights(body)
    assert weights is not None
    start = pretrained_start(network, weights)
    assert start.fresh == ("head.1.bias", "head.1.weight")
    assert start.unused == ("classifier.bias", "classifier.weight")
    linear: Any = network.head[1]  # type: ignore[index]
    linear.load_state_dict(theirs.classifier.state_dict())
    levels = torch.randint(0, 256, (2, 4, 3, 16, 16), dtype=torch.uint8)
    with torch.inference_mode():
        torch.testing.assert_close(network(levels), theirs(levels.float()).logits)
    (tmp_path / "videomae/config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(InvalidData, match="is no VideoMAE"):
        resolved_backbone(VideoMAE(pretrained=str(tmp_path / "videomae")))


def test_weights_of_a_network_for_pictures_serve_for_every_frame(tmp_path: Path) -> None:
    images = ResNet(depth=20, width=0.5, pretrained=str(tmp_path / "images.safetensors"))
    picture = ImageInput(channels=3, height=8, width=8, mean=(0.5,) * 3, std=(0.2,) * 3)
    theirs = build_network(
        Architecture(input=picture, backbone=images, head=LinearHead(outputs=2)), seed=3
    )
    from safetensors.torch import save_file

    names = {
        n.removeprefix("backbone."): t for n, t in theirs.state_dict().items() if "head" not in n
    }
    save_file(names, tmp_path / "images.safetensors")
    network = build_network(plan(FrameSequence(images=images), side=(8, 8)), seed=0)
    weights = pretrained_weights(network.architecture.backbone)
    assert weights is not None
    start = pretrained_start(network, weights)
    assert len(start.reused) == len(names)
    own: Any = network.backbone
    for name, tensor in own.images.state_dict().items():
        torch.testing.assert_close(tensor, theirs.state_dict()[f"backbone.{name}"])


def test_every_kind_of_body_is_tried() -> None:
    kinds = set(get_args(get_args(ClipBody)[0]))
    assert {type(body) for body in BODIES.values()} == kinds
