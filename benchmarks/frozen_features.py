"""Training only the head: features computed once, against the same training that computes them each time.

Both train the head of the same frozen network on the same pictures, taking turns. Prints one JSON row per
network with seconds, how much faster the first is, and the largest difference of their weights.

    python benchmarks/frozen_features.py [--turns 5] [--epochs 20] [--threads 1]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from netloom.core.reporter import SilentReporter
from netloom.data.formats.digits import write_digits
from netloom.data.index import read_index, with_parts, write_index
from netloom.data.transforms.sizing import Resize
from netloom.models.model_json import backbone_from_json
from netloom.models.package import read_manifest, read_weights
from netloom.models.spec import Model
from netloom.tasks.losses import CrossEntropy
from netloom.training import assembly
from netloom.training.recipe import Recipe
from netloom.training.train import train_model
from netloom.training.training import Training

NETWORKS: dict[str, tuple[dict[str, Any], int]] = {
    "convnet 16 px": ({"type": "convnet"}, 16),
    "resnet18 64 px": ({"type": "resnet", "depth": 18, "stem": "imagenet"}, 64),
}


def digits(folder: Path) -> Any:
    view = write_digits(folder)
    index = folder / view.index.removeprefix("work:")
    table = read_index(index).slice(0, 600)
    parts = ["valid" if row % 6 == 5 else "train" for row in range(len(table))]
    write_index(index, with_parts(table, parts))
    return view


def trained(network: str, view: Any, data: Path, epochs: int, *, once: bool) -> tuple[float, Any]:
    backbone, size = NETWORKS[network]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        training = Training(
            model=Model(
                task="image_classification", backbone=backbone_from_json(backbone), tune="head"
            ),
            dataset=replace(view, transforms=(Resize(size=size),)),
            resolve=lambda location: data / location.removeprefix("work:"),
            recipe=Recipe(epochs=epochs, keep="last"),
            loss=CrossEntropy(),
            reporter=SilentReporter(folder / "checkpoints"),
            package=folder / "model",
        )
        started = time.perf_counter()
        if once:
            train_model(training)
        else:
            with patch.object(assembly, "why_not_frozen", lambda *_: ""):
                train_model(training)
        taken = time.perf_counter() - started
        return taken, read_weights(training.package, read_manifest(training.package))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as name:
        view = digits(Path(name))
        for network in NETWORKS:
            times: dict[bool, list[float]] = {True: [], False: []}
            weights: dict[bool, Any] = {}
            for _ in range(options.turns):
                for once in (True, False):
                    taken, weights[once] = trained(
                        network, view, Path(name), options.epochs, once=once
                    )
                    times[once].append(taken)
            ratios = [b / a for a, b in zip(times[True], times[False], strict=True)]
            row = {
                "benchmark": "frozen_features",
                "network": network,
                "epochs": options.epochs,
                "once_s": round(statistics.median(times[True]), 3),
                "each_time_s": round(statistics.median(times[False]), 3),
                "times_faster": round(statistics.median(ratios), 2),
                "times_faster_range": [round(min(ratios), 2), round(max(ratios), 2)],
                "largest_difference": max(
                    float((weights[True][name] - weights[False][name]).abs().max())
                    for name in weights[True]
                ),
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
