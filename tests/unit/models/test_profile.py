from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from netloom.core.digests import canonical_json
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import Network, build_network
from netloom.models.profile import BlockProfile, measure_latency, profile_network
from netloom.models.profile_table import profile_metrics, write_blocks
from netloom.models.spec import Backbone, ConvNet, Perceptron, ResNet

IMAGE = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
FLOAT = 4


def network(backbone: Backbone, *, outputs: int = 10) -> Network:
    head = LinearHead(outputs=outputs, dropout=0.5)
    return build_network(Architecture(input=IMAGE, backbone=backbone, head=head), seed=0)


def test_a_perceptron_costs_what_a_sheet_of_paper_says() -> None:
    batch = 16
    profile = profile_network(network(Perceptron(widths=(32, 20))), batch_size=batch)
    inputs, first, second, outputs = 64, 32, 20, 10
    assert profile.blocks == (
        BlockProfile(
            name="normalization", output=(), parameters=0, trainable=0, macs=0, kept_bytes=0
        ),
        BlockProfile(
            name="backbone.layers.0",
            output=(first,),
            parameters=inputs * first + first,
            trainable=inputs * first + first,
            macs=inputs * first,
            kept_bytes=batch * (inputs + first) * FLOAT,  # what it got, and what its ReLU gave
        ),
        BlockProfile(
            name="backbone.layers.1",
            output=(second,),
            parameters=first * second + second,
            trainable=first * second + second,
            macs=first * second,
            kept_bytes=batch * second * FLOAT,
        ),
        BlockProfile(
            name="head",
            output=(outputs,),
            parameters=second * outputs + outputs,
            trainable=second * outputs + outputs,
            macs=second * outputs,
            # the noise of dropout, and the features it let through
            kept_bytes=profile.blocks[-1].kept_bytes,
        ),
    )
    assert batch * second <= profile.blocks[-1].kept_bytes <= 2 * batch * second * FLOAT
    parameters = sum(block.parameters for block in profile.blocks)
    assert profile.parameters == profile.trainable == parameters
    assert profile.weights_bytes == parameters * FLOAT + 2 * FLOAT  # with the normalisation's two
    assert profile.gradients_bytes == parameters * FLOAT
    assert profile.optimizer_bytes == 2 * parameters * FLOAT
    assert profile.training_bytes == (
        profile.weights_bytes
        + profile.gradients_bytes
        + profile.optimizer_bytes
        + profile.kept_bytes
    )


def test_convolutions_are_counted_once_per_pixel() -> None:
    profile = profile_network(network(ConvNet(widths=(4, 6))), batch_size=2)
    macs = {block.name: block.macs for block in profile.blocks}
    assert macs == {
        "normalization": 0,
        "backbone.stages.0": 8 * 8 * 9 * 4,
        "backbone.stages.1": 4 * 4 * 9 * 4 * 6,
        "head": 60,
    }
    assert [block.output for block in profile.blocks] == [(), (4, 8, 8), (6, 4, 4), (10,)]


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_kept_memory_of_any_batch_follows_from_two_small_ones(batch_size: int) -> None:
    """Against a count over the graph of a real step of that size."""
    subject = network(ResNet(depth=20, width=0.25)).train()
    images_NCHW = torch.zeros(batch_size, 1, 8, 8, dtype=torch.uint8)
    learned = {t.untyped_storage().data_ptr() for t in (*subject.parameters(), *subject.buffers())}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in learned:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = subject(images_NCHW)
    assert outputs.shape == (batch_size, 10)
    assert profile_network(subject, batch_size=batch_size).kept_bytes == sum(kept.values())


def test_what_is_frozen_needs_neither_gradients_nor_activations() -> None:
    subject = network(ConvNet(widths=(4, 6)))
    free = profile_network(subject, batch_size=8)
    subject.backbone.requires_grad_(False)
    frozen = profile_network(subject, batch_size=8)
    assert frozen.parameters == free.parameters
    assert frozen.trainable == 6 * 10 + 10
    assert frozen.gradients_bytes == frozen.trainable * FLOAT
    assert {block.name: block.kept_bytes for block in frozen.blocks if block.kept_bytes} == {
        "head": 8 * 6 * FLOAT
    }


def test_profiling_leaves_the_network_and_the_random_stream_as_they_were() -> None:
    subject = network(ConvNet(widths=(4, 6))).train()
    subject.backbone.eval()
    before = {name: tensor.clone() for name, tensor in subject.state_dict().items()}
    modes = [module.training for module in subject.modules()]
    state = torch.get_rng_state()
    profile_network(subject, batch_size=4)
    measure_latency(subject, repeats=2, warm_up=0)
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in subject.modules()] == modes
    assert all(torch.equal(tensor, before[name]) for name, tensor in subject.state_dict().items())
    assert all(parameter.grad is None for parameter in subject.parameters())
    assert not any(module._forward_hooks for module in subject.modules())


def test_latency_says_how_it_was_measured() -> None:
    latency = measure_latency(network(Perceptron()), batch_size=3, repeats=7)
    assert 0 < latency.median_ms <= latency.slow_ms
    assert (latency.batch_size, latency.repeats, latency.device) == (3, 7, "cpu")
    assert latency.threads == torch.get_num_threads()


def test_numbers_are_json_and_blocks_are_a_table(tmp_path: Path) -> None:
    subject = network(ConvNet(widths=(4, 6)))
    profile = profile_network(subject, batch_size=8)
    metrics = profile_metrics(profile, measure_latency(subject, repeats=1), IMAGE)
    canonical_json(metrics)
    assert (metrics["macs"], metrics["parameters"]) == (profile.macs, profile.parameters)
    write_blocks(tmp_path / "blocks.parquet", profile)
    rows = pq.read_table(tmp_path / "blocks.parquet").to_pylist()
    assert rows[1] == {
        "block": "backbone.stages.0",
        "output": "4×8×8",
        "parameters": 4 * 9 + 8,
        "trainable": 4 * 9 + 8,
        "macs": 8 * 8 * 9 * 4,
        "kept_bytes": profile.blocks[1].kept_bytes,
    }
    assert sum(row["macs"] for row in rows) == profile.macs
