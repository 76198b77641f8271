"""What a network costs: parameters, multiplications, memory and time, as a whole and block by block.

Conventions. A **MAC** is one multiplication and one addition of a convolution, linear layer or attention, for
one picture in evaluation; biases, norms, activations and pooling are not counted. Half of what
``torch.utils.flop_counter`` counts. **Memory of a training step** is what has to be there when the backward
pass begins: weights, gradients, state of the optimiser, and every tensor that automatic differentiation
keeps (each storage once). Temporary work space of single operations comes on top.

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from netloom.models.network import Network

_SMALL_BATCH, _LARGE_BATCH = 2, 4
"""Kept memory grows linearly with the batch, so two small batches tell it for any."""

BEFORE = "normalization"
"""What happens before the first block. What happens between two blocks counts for the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockProfile:
    """One block's share.

    Attributes:
        name: Sub-module of the network. Activations and pooling that follow a block count for it.
        output: Shape of the block's output for one picture, without the batch; empty if unknown.
        parameters: All of its learned numbers.
        trainable: Those that training may change.
        macs: For one picture.
        kept_bytes: Tensors first kept for the backward pass in this block, for the whole batch.
    """

    name: str
    output: tuple[int, ...]
    parameters: int
    trainable: int
    macs: int
    kept_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds from bytes to outputs of one batch, in evaluation mode.

    Attributes:
        slow_ms: Nine of ten calls took at most so long.
        threads: Processor threads that torch used.
    """

    median_ms: float
    slow_ms: float
    batch_size: int
    repeats: int
    device: str
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The costs of a network.

    Attributes:
        batch_size: Of the training step whose memory is given.
        macs: For one picture.
        weights_bytes: Parameters and buffers.
        gradients_bytes: One number per trainable parameter.
        optimizer_bytes: State of the optimiser.
        kept_bytes: Tensors kept for the backward pass.
        blocks: From input to output.
    """

    batch_size: int
    parameters: int
    trainable: int
    macs: int
    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    kept_bytes: int
    blocks: tuple[BlockProfile, ...]

    @property
    def training_bytes(self) -> int:
        """Everything that has to be there when the backward pass begins."""
        return self.weights_bytes + self.gradients_bytes + self.optimizer_bytes + self.kept_bytes


def profile_network(network: Network, *, batch_size: int, optimizer_states: int = 2) -> Profile:
    """Count and measure everything but time, on the device of the network.

    Parameters with ``requires_grad`` off count as frozen. The network comes out as it went in.

    Args:
        batch_size: Pictures per training step.
        optimizer_states: Numbers that the optimiser keeps for each trainable parameter: 2 for Adam,
            1 for SGD with momentum.

    Example:
        >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
        >>> from netloom.models.network import build_network
        >>> from netloom.models.spec import ConvNet
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> head = LinearHead(outputs=10)
        >>> plan = Architecture(input=image, backbone=ConvNet(widths=(4, 6)), head=head)
        >>> profile_network(build_network(plan, seed=0), batch_size=16).macs
        5820
    """
    blocks = network.blocks()
    macs, outputs = _forward_costs(network, blocks)
    small = _kept_bytes(network, blocks, batch_size=_SMALL_BATCH)
    large = _kept_bytes(network, blocks, batch_size=_LARGE_BATCH)
    rows = []
    for name in (BEFORE, *blocks):
        slope = (large[name] - small[name]) / (_LARGE_BATCH - _SMALL_BATCH)
        parameters = list(network.get_submodule(name).parameters())
        rows.append(
            BlockProfile(
                name=name,
                output=outputs.get(name, ()),
                parameters=sum(p.numel() for p in parameters),
                trainable=sum(p.numel() for p in parameters if p.requires_grad),
                macs=macs[name],
                kept_bytes=round(small[name] + slope * (batch_size - _SMALL_BATCH)),
            )
        )
    trainable = [p for p in network.parameters() if p.requires_grad]
    gradients = sum(p.nbytes for p in trainable)
    return Profile(
        batch_size=batch_size,
        parameters=sum(row.parameters for row in rows),
        trainable=sum(row.trainable for row in rows),
        macs=sum(row.macs for row in rows),
        weights_bytes=sum(t.nbytes for t in (*network.parameters(), *network.buffers())),
        gradients_bytes=gradients,
        optimizer_bytes=gradients * optimizer_states,
        kept_bytes=sum(row.kept_bytes for row in rows),
        blocks=tuple(rows),
    )


def measure_latency(
    network: Network, *, batch_size: int = 1, repeats: int = 20, warm_up: int = 3
) -> Latency:
    """Time whole forward passes on the device of the network, with the threads torch has now.

    Args:
        repeats: Timed calls.
        warm_up: Calls before them, in which kernels are chosen and memory is reserved.

    Example:
        >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
        >>> from netloom.models.network import build_network
        >>> from netloom.models.spec import Perceptron
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> plan = Architecture(input=image, backbone=Perceptron(), head=LinearHead(outputs=10))
        >>> measure_latency(build_network(plan, seed=0), repeats=5).repeats
        5
    """
    device = _device(network)
    images_NCHW = _images(network, batch_size)
    times_ms = []
    with _mode(network, training=False), torch.inference_mode():
        for call in range(-warm_up, repeats):
            started = time.perf_counter()
            network(images_NCHW)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if call >= 0:
                times_ms.append((time.perf_counter() - started) * 1e3)
    times_ms.sort()
    return Latency(
        median_ms=median(times_ms),
        slow_ms=times_ms[-(-9 * len(times_ms) // 10) - 1],
        batch_size=batch_size,
        repeats=repeats,
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        threads=torch.get_num_threads(),
    )


def _forward_costs(
    network: Network, blocks: Sequence[str]
) -> tuple[Counter[str], dict[str, tuple[int, ...]]]:
    """MACs of one picture and shapes of outputs, by block."""
    macs: Counter[str] = Counter()
    counter = FlopCounterMode(display=False)
    images_NCHW = _images(network, 1)
    place = _Place()

    def count() -> None:
        macs[place.block] += counter.get_total_flops() // 2 - macs.total()

    # Fused attention kernels are not all counted; the plain one gives the same products.
    with (
        _following(network, blocks, place, on_change=count),
        _mode(network, training=False),
        torch.no_grad(),
        sdpa_kernel(SDPBackend.MATH),
        counter,
    ):
        network(images_NCHW)
    count()
    return macs, place.outputs


def _kept_bytes(network: Network, blocks: Sequence[str], *, batch_size: int) -> Counter[str]:
    """Bytes that a forward pass in training keeps for the backward pass, by block."""
    kept: Counter[str] = Counter()
    place = _Place()
    # Running statistics go to copies, so that the network stays as it is.
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    learned = (*network.parameters(), *network.buffers(), *buffers.values())
    known = {tensor.untyped_storage().data_ptr() for tensor in learned}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            known.add(storage.data_ptr())
            kept[place.block] += storage.nbytes()
        return tensor

    device = _device(network)
    with (
        torch.random.fork_rng(devices=[device] if device.type == "cuda" else []),
        _following(network, blocks, place),
        _mode(network, training=True),
        torch.enable_grad(),
        saved_tensors_hooks(keep, lambda tensor: tensor),
    ):
        # While the result lives, so does all that was kept: no address is used twice.
        outputs_NK = functional_call(network, buffers, (_images(network, batch_size),))
    del outputs_NK
    return kept


@dataclass(slots=True)
class _Place:
    """The block that a forward pass is in: the one entered last, or none yet."""

    block: str = BEFORE
    outputs: dict[str, tuple[int, ...]] = field(default_factory=dict)


@contextmanager
def _following(
    network: nn.Module,
    blocks: Sequence[str],
    place: _Place,
    *,
    on_change: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Keeps ``place`` up to date during forward passes."""

    def enter(name: str) -> None:
        on_change()
        place.block = name

    def leave(name: str, output: Any) -> None:
        if isinstance(output, Tensor):
            place.outputs[name] = tuple(output.shape[1:])

    handles = []
    for name in blocks:
        module = network.get_submodule(name)
        handles += [
            module.register_forward_pre_hook(lambda *_, name=name: enter(name)),
            module.register_forward_hook(lambda _m, _i, output, name=name: leave(name, output)),
        ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _mode(network: nn.Module, *, training: bool) -> Iterator[None]:
    """Training or evaluation mode, restored module by module afterwards."""
    before = [(module, module.training) for module in network.modules()]
    network.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


def _images(network: Network, batch_size: int) -> Tensor:
    shape = (batch_size, *network.architecture.input.sample_shape)
    return torch.zeros(shape, dtype=torch.uint8, device=_device(network))


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
