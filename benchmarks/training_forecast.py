"""How close the forecast of a training comes to what the training then takes.

Each pipeline is forecast in one process and trained in another, taking turns. Prints one JSON row per
pipeline with the medians of forecast and reality, and of their ratios; the goal is ±20 % of the time and
±15 % of the memory.

    python benchmarks/training_forecast.py [--turns 3] [--threads 1] [--cpu-time]

``--cpu-time`` lets forecast and training count processor seconds, for machines on which other work goes on
and comes and goes between the two.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

# Each training takes some twenty seconds on one core.
CASES: dict[str, dict[str, Any]] = {
    "convnet, batch 64": {"backbone": {"type": "convnet"}, "batch_size": 64, "epochs": 25},
    "convnet, batch 256": {"backbone": {"type": "convnet"}, "batch_size": 256, "epochs": 25},
    "convnet, rotated": {
        "backbone": {"type": "convnet"},
        "batch_size": 64,
        "epochs": 15,
        "rotate": 10,
    },
    "resnet18 64 px": {
        "backbone": {"type": "resnet", "depth": 18, "stem": "imagenet"},
        "batch_size": 64,
        "epochs": 2,
        "size": 64,
    },
    "resnet18 64 px, frozen": {
        "backbone": {"type": "resnet", "depth": 18, "stem": "imagenet"},
        "batch_size": 64,
        "epochs": 60,
        "size": 64,
        "tune": "head",
    },
}


def training_of(case: dict[str, Any], data: Path, folder: Path) -> Any:
    from netloom.core.reporter import SilentReporter
    from netloom.data.transforms.sizing import Resize
    from netloom.data.transforms.spatial import Rotate
    from netloom.data.view import Dataset
    from netloom.models.model_json import backbone_from_json
    from netloom.models.spec import Model
    from netloom.tasks.losses import CrossEntropy
    from netloom.training.recipe import Recipe
    from netloom.training.training import Training

    view: Any = Dataset.from_json(json.loads((data / "view.json").read_text()))
    transforms = [Resize(size=case.get("size", 8))]
    if "rotate" in case:
        transforms.append(Rotate(degrees=case["rotate"]))  # type: ignore[arg-type]
    return Training(
        model=Model(
            task="image_classification",
            backbone=backbone_from_json(case["backbone"]),
            tune=case.get("tune", "all"),
        ),
        dataset=replace(view, transforms=tuple(transforms)),
        resolve=lambda location: data / location.removeprefix("work:"),
        recipe=Recipe(epochs=case["epochs"], batch_size=case["batch_size"]),
        loss=CrossEntropy(),
        reporter=SilentReporter(folder / "checkpoints"),
        package=folder / "model",
    )


def write_data(folder: Path) -> None:
    from netloom.data.formats.digits import write_digits
    from netloom.data.index import read_index, with_parts, write_index

    view = write_digits(folder)
    index = folder / view.index.removeprefix("work:")
    table = read_index(index)
    parts = ["valid" if row % 6 == 5 else "train" for row in range(len(table))]
    write_index(index, with_parts(table, parts))
    (folder / "view.json").write_text(json.dumps(view.to_json()))


def work(kind: str, name: str, data: Path, threads: int, clock: str) -> None:
    """One forecast, or one training, in this process; prints seconds and bytes."""
    import torch

    if clock == "cpu":
        time.monotonic = time.perf_counter = time.process_time

    from netloom.training.forecast import forecast_training, peak_resident_bytes
    from netloom.training.train import train_model

    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        training = training_of(CASES[name], data, Path(folder))
        if kind == "forecast":
            told = forecast_training(training)
            print(json.dumps([told.seconds, told.memory_bytes]))
            return
        started = time.monotonic()
        train_model(training)
        print(json.dumps([time.monotonic() - started, peak_resident_bytes()]))


def measured(kind: str, name: str, data: Path, threads: int, clock: str) -> list[float]:
    command = [sys.executable, __file__, "--work", kind, name, str(data), str(threads), clock]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: list[float] = json.loads(done.stdout)
    return answer


def measure(name: str, turns: int, data: Path, threads: int, clock: str) -> None:
    pairs = [
        tuple(measured(kind, name, data, threads, clock) for kind in ("forecast", "train"))
        for _ in range(turns)
    ]
    row: dict[str, Any] = {"benchmark": "training_forecast", "pipeline": name, "clock": clock}
    for place, what in enumerate(("s", "bytes")):
        told = [forecast[place] for forecast, _ in pairs]
        real = [reality[place] for _, reality in pairs]
        ratios = [a / b for a, b in zip(told, real, strict=True)]
        row |= {
            f"forecast_{what}": round(statistics.median(told), 2),
            f"real_{what}": round(statistics.median(real), 2),
            f"ratio_{what}": round(statistics.median(ratios), 3),
            f"ratio_{what}_range": [round(min(ratios), 3), round(max(ratios), 3)],
        }
    print(json.dumps(row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cpu-time", action="store_true")
    parser.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        kind, name, data, threads, clock = options.work
        work(kind, name, Path(data), int(threads), clock)
        return
    clock = "cpu" if options.cpu_time else "wall"
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder))
        for name in CASES:
            measure(name, options.turns, Path(folder), options.threads, clock)


if __name__ == "__main__":
    main()
