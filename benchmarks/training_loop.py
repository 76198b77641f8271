"""What our training loop costs per step, against a bare PyTorch loop and a bare Fabric loop.

All loops train the same network on the same batches with the same optimiser, taking turns so that a change
in the machine's load hits all of them. Prints one JSON row per loop and size of step; ``over_torch_us`` and
``over_fabric_us`` are medians of the differences within a turn.

    python benchmarks/training_loop.py [--turns 15] [--threads 1] [--cpu-time]

``--cpu-time`` counts processor seconds instead, for machines on which other work goes on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from lightning_fabric import Fabric
from torch import nn

from netloom.core.reporter import SilentReporter
from netloom.data.loaders import Batch
from netloom.tasks.image_classification.task import ImageClassificationTask
from netloom.tasks.losses import CrossEntropy
from netloom.training.checkpoints import CheckpointFolder
from netloom.training.engine import Engine
from netloom.training.loop import Fit
from netloom.training.recipe import Checkpointing, Recipe
from netloom.training.schedules import Cosine, over
from netloom.training.trainable import Supervised


class Batches:
    def __init__(self, batch: Batch, count: int) -> None:
        self._batch = batch
        self._count = count

    def __len__(self) -> int:
        return self._count

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        for _ in range(start, self._count):
            yield self._batch


class Case(NamedTuple):
    name: str
    network: Callable[[], nn.Module]
    batch: Batch
    steps: int


def cases() -> list[Case]:
    generator = torch.Generator().manual_seed(0)

    def batch(size: int, features: int) -> Batch:
        images = torch.rand((size, features), generator=generator)
        labels = torch.randint(10, (size,), generator=generator)
        return Batch(images, labels, torch.arange(size))

    def trivial() -> nn.Module:
        return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))

    def ten_ms() -> nn.Module:
        hidden = [layer for _ in range(4) for layer in (nn.Linear(768, 768), nn.ReLU())]
        return nn.Sequential(*hidden, nn.Linear(768, 10))

    return [Case("trivial", trivial, batch(32, 64), 400), Case("10 ms", ten_ms, batch(96, 768), 40)]


def bare_torch(case: Case) -> Callable[[], None]:
    network = case.network()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)

    def loop() -> None:
        for batch in Batches(case.batch, case.steps).epoch(0):
            loss = nn.functional.cross_entropy(network(batch.images_NCHW), batch.labels_N)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    return loop


def bare_fabric(case: Case) -> Callable[[], None]:
    fabric = Fabric(accelerator="cpu", devices=1)
    network = case.network()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)
    module, fabric_optimizer = fabric.setup(network, optimizer)

    def loop() -> None:
        for batch in Batches(case.batch, case.steps).epoch(0):
            loss = nn.functional.cross_entropy(module(batch.images_NCHW), batch.labels_N)
            fabric.backward(loss)
            fabric_optimizer.step()
            fabric_optimizer.zero_grad()

    return loop


def ours(case: Case, folder: Path) -> Callable[[], None]:
    fabric = Fabric(accelerator="cpu", devices=1)
    network = case.network()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    module, fabric_optimizer = fabric.setup(network, optimizer)
    task = ImageClassificationTask()
    labels = tuple(map(str, range(10)))

    def loop() -> None:
        engine = Engine(
            fabric,
            modules={"network": module},
            optimizers={"network": fabric_optimizer},
            schedule=over(Cosine(), case.steps),
        )
        Fit(
            trainable=Supervised(module, task, labels=labels, loss=CrossEntropy()),
            engine=engine,
            batches=Batches(case.batch, case.steps),
            validation=None,
            headline=task.headline,
            recipe=Recipe(epochs=1, checkpoints=Checkpointing(every_s=None)),
            reporter=SilentReporter(folder),
            checkpoints=CheckpointFolder(folder, signature="benchmark"),
        ).run()

    return loop


def microseconds_per_step(
    loop: Callable[[], None], steps: int, clock: Callable[[], float]
) -> float:
    start = clock()
    loop()
    return (clock() - start) / steps * 1e6


def measure(case: Case, turns: int, folder: Path, clock: Callable[[], float]) -> None:
    loops = {
        "torch": bare_torch(case),
        "fabric": bare_fabric(case),
        "netloom": ours(case, folder),
    }
    times: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(turns + 1):
        for name, loop in loops.items():
            taken = microseconds_per_step(loop, case.steps, clock)
            if turn:  # the first turn warms up
                times[name].append(taken)
    for name, values in times.items():
        over_torch = statistics.median(a - b for a, b in zip(values, times["torch"], strict=True))
        over_fabric = statistics.median(a - b for a, b in zip(values, times["fabric"], strict=True))
        row = {
            "benchmark": "training_loop",
            "step": case.name,
            "loop": name,
            "clock": clock.__name__,
            "us_per_step": round(statistics.median(values), 1),
            "over_torch_us": round(over_torch, 1),
            "over_torch_percent": round(100 * over_torch / statistics.median(times["torch"]), 2),
            "over_fabric_us": round(over_fabric, 1),
        }
        print(json.dumps(row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cpu-time", action="store_true")
    options = parser.parse_args()
    clock = time.process_time if options.cpu_time else time.perf_counter
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            measure(case, options.turns, Path(folder), clock)


if __name__ == "__main__":
    main()
