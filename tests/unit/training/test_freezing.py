from __future__ import annotations

import pytest
import torch
from torch import nn

from netloom.models.spec import LastBlocks, Tune
from netloom.training.batch_norm import holds_statistics
from netloom.training.freezing import (
    BlockParameters,
    TrainableBlocks,
    apply_tune,
    hold_frozen_batch_norms,
    report_freezing,
)
from netloom.training.optimization import build_optimizer
from netloom.training.recipe import SGD, AdamW, Adan, Optimizer, SGDGroup, Unfreezing

INPUTS = torch.randn((6, 2), generator=torch.Generator().manual_seed(0))


class Stack(nn.Module):
    """Three blocks of a linear layer and batch norm, and a head."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.ModuleList(
            nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)) for _ in range(3)
        )
        self.head = nn.Linear(2, 2)

    def blocks(self) -> tuple[str, ...]:
        return ("body.0", "body.1", "body.2", "head")

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        for block in self.body:
            inputs = block(inputs)
        outputs: torch.Tensor = self.head(inputs)
        return outputs


def trained(network: Stack) -> list[str]:
    return [
        name
        for name in network.blocks()
        if any(parameter.requires_grad for parameter in network.get_submodule(name).parameters())
    ]


def held(network: Stack) -> list[bool]:
    return [holds_statistics(block[1]) for block in network.body]


@pytest.mark.parametrize(
    ("tune", "expected"),
    [
        ("all", ["body.0", "body.1", "body.2", "head"]),
        ("head", ["head"]),
        (LastBlocks(last=1), ["body.2", "head"]),
        (LastBlocks(last=3), ["body.0", "body.1", "body.2", "head"]),
        (LastBlocks(last=30), ["body.0", "body.1", "body.2", "head"]),
    ],
    ids=str,
)
def test_what_the_model_tunes_is_trained(tune: Tune, expected: list[str]) -> None:
    network = Stack()
    apply_tune(network, tune)
    assert trained(network) == expected
    assert held(network) == [f"body.{place}" not in expected for place in range(3)]


def test_frozen_blocks_change_neither_weights_nor_statistics() -> None:
    network = Stack()
    apply_tune(network, LastBlocks(last=1))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    optimizer = build_optimizer(SGD(learning_rate=0.5), network.named_parameters())
    for _ in range(2):
        network.eval()
        network.train()
        network(INPUTS).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    changed = {
        name.rpartition(".")[0]
        for name, tensor in network.state_dict().items()
        if not torch.equal(tensor, before[name])
    }
    assert changed == {"body.2.0", "body.2.1", "head"}


def test_the_report_counts_every_block() -> None:
    report = apply_tune(Stack(), LastBlocks(last=1))
    assert report.blocks == (
        BlockParameters("body.0", 0, 10),
        BlockParameters("body.1", 0, 10),
        BlockParameters("body.2", 10, 0),
        BlockParameters("head", 6, 0),
    )
    assert str(report) == "16 of 36 parameters are trained; frozen: body.0, body.1"
    assert str(apply_tune(Stack(), "all")) == "36 of 36 parameters are trained"


def test_batch_norm_without_parameters_goes_with_its_block() -> None:
    block = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, affine=False))
    hold_frozen_batch_norms(block)
    assert not holds_statistics(block[1])
    hold_frozen_batch_norms(block.requires_grad_(False))
    assert holds_statistics(block[1])


def test_blocks_join_in_from_the_head_to_the_input() -> None:
    network = Stack()
    blocks = TrainableBlocks(network, Unfreezing(every_epochs=2))
    seen = []
    for epoch in range(8):
        changed = blocks.start_epoch(epoch)
        assert held(network) == [f"body.{p}" not in trained(network) for p in range(3)]
        seen.append((changed, len(trained(network))))
    assert seen == [
        (True, 1), (False, 1), (True, 2), (False, 2), (True, 3), (False, 3), (True, 4), (False, 4)
    ]  # fmt: skip


def test_what_is_trained_depends_on_the_epoch_alone() -> None:
    network = Stack()
    blocks = TrainableBlocks(network, Unfreezing())
    for epoch in (3, 0, 2, 1):
        blocks.start_epoch(epoch)
        assert len(trained(network)) == 1 + epoch
        assert network.train().body[0][1].training == (epoch == 3)


def test_what_was_frozen_before_stays_frozen() -> None:
    network = Stack()
    apply_tune(network, LastBlocks(last=1))
    groups = (SGDGroup(pattern="head.bias", learning_rate_scale=0.0),)
    build_optimizer(SGD(groups=groups), network.named_parameters())
    blocks = TrainableBlocks(network, Unfreezing())
    blocks.start_epoch(0)
    assert report_freezing(network).trained == 4
    blocks.start_epoch(9)
    assert report_freezing(network).trained == 14


def test_without_unfreezing_nothing_moves() -> None:
    network = Stack()
    assert not TrainableBlocks(network, None).start_epoch(0)
    assert report_freezing(network).frozen == 0


@pytest.mark.parametrize("spec", [SGD(), AdamW(), Adan()], ids=lambda spec: spec.type)
def test_unfreezing_resumes_exactly(spec: Optimizer) -> None:
    def advance(network: Stack, optimizer: torch.optim.Optimizer, epochs: range) -> None:
        blocks = TrainableBlocks(network, Unfreezing())
        for epoch in epochs:
            blocks.start_epoch(epoch)
            network(INPUTS + epoch).square().sum().backward()
            optimizer.step()
            optimizer.zero_grad()

    def optimizer_of(network: Stack) -> torch.optim.Optimizer:
        return build_optimizer(spec, network.named_parameters(), fused=False)

    whole, first, second = Stack(), Stack(), Stack()
    advance(whole, optimizer_of(whole), range(5))
    stopped = optimizer_of(first)
    advance(first, stopped, range(2))
    second.load_state_dict(first.state_dict())
    continued = optimizer_of(second)
    continued.load_state_dict(stopped.state_dict())
    advance(second, continued, range(2, 5))
    expected = whole.state_dict()
    assert all(torch.equal(expected[name], t) for name, t in second.state_dict().items())
