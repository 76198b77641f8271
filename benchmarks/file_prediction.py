"""Predicting image files from disk: batches with decoding threads against one file after the other.

Claims: `netloom predict` is at least 1.5 × faster in wall time on two cores than reading, preparing and
computing file by file, and needs the same memory for 20 × as many files. Writing predictions piece by piece,
so that they can be resumed, keeps at least 0.8 × the speed of a bare loop over batches, for one model and for
a graph of two; and a graph of two models takes at most 1.1 × what both take alone.

    python benchmarks/file_prediction.py [--images 600] [--repetitions 3]
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from itertools import chain, repeat
from pathlib import Path

import cv2
import numpy as np
from peers import row

from netloom.data.transforms.sizing import Resize
from netloom.inference.file_prediction import predict_files
from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import InferenceGraph, ModelStep, RouteStep
from netloom.inference.pictures import read_picture
from netloom.inference.prediction_types import identity_of, prediction_types
from netloom.inference.predictor import Predictor
from netloom.inference.resumable_prediction import resumable_predictions
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet

SIDE = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [photograph(folder / f"{index}.jpg", index) for index in range(options.images)]
        predictor = opened(folder / "model")
        one_by_one, together = [], []
        for _ in range(options.repetitions):
            one_by_one.append(len(files) / seconds(lambda: [predictor.predict(f) for f in files]))
            together.append(len(files) / seconds(lambda: list(predict_files(predictor, files))))
        print(json.dumps(row("one file after the other", one_by_one, "images/s")))
        print(json.dumps(row("batches with decoding threads", together, "images/s")))
        ratios = [ours / alone for ours, alone in zip(together, one_by_one, strict=True)]
        print(json.dumps(row("ratio", ratios, "")))
        written(folder, "one model", predictor, files, options.repetitions)
        two_stages(folder, files, options.repetitions)
        before = peak_mb()
        many = chain.from_iterable(repeat(files, 20))
        count = sum(len(batch.found) for batch in predict_files(predictor, many))
        print(json.dumps(row(f"more memory for {count} files", [peak_mb() - before], "MB")))


def opened(folder: Path) -> Predictor:
    image = ImageInput(channels=3, height=SIDE, width=SIDE, mean=(0.5,) * 3, std=(0.25,) * 3)
    plan = Architecture(input=image, backbone=ConvNet(), head=LinearHead(outputs=10))
    manifest = PackageManifest(
        task="image_classification",
        labels=tuple("abcdefghij"),
        architecture=plan,
        preprocessing=(Resize(size=SIDE).model_dump(mode="json"),),
    )
    save_package(folder, manifest, build_network(plan, seed=0).state_dict())
    return Predictor.open(folder, batch_size=64)


def written(
    folder: Path,
    name: str,
    predictor: Predictor | GraphPredictor,
    files: list[Path],
    repetitions: int,
) -> None:
    """Predictions into a resumable file, against a bare loop that keeps nothing."""
    types = prediction_types(predictor)
    ratios = []
    for number in range(repetitions):

        def bare() -> None:
            for start in range(0, len(files), predictor.batch_size):
                batch = files[start : start + predictor.batch_size]
                predictor.predict_prepared([predictor.prepare(file) for file in batch])  # type: ignore[misc]

        def kept(number: int = number) -> None:
            output = folder / f"{name}{number}.parquet"
            with resumable_predictions(
                output, form="parquet", identity=identity_of(predictor), types=types
            ) as parts:
                for batch in predict_files(predictor, parts.remaining(files)):
                    parts.add(
                        [{"path": str(path), **said} for path, said in batch.found], batch.bad
                    )
                parts.finish()

        ratios.append(seconds(bare) / seconds(kept))
    print(json.dumps(row(f"{name}: resumable file against a bare loop", ratios, "")))


def two_stages(folder: Path, files: list[Path], repetitions: int) -> None:
    """A router and a classifier after it, so that every picture goes through both."""
    first, second = opened(folder / "first"), opened(folder / "second")
    graph = InferenceGraph(
        steps=(
            ModelStep(id="kind", task="image_classification", package="first"),
            RouteStep(id="all", input="kind"),
            ModelStep(id="fine", input="all", task="image_classification", package="second"),
        )
    )
    both = GraphPredictor(graph, {"kind": first, "fine": second})
    written(folder, "two stages", both, files, repetitions)
    pictures = [read_picture(file, channels=3)[0] for file in files[:64]]
    ratios = []
    for _ in range(repetitions):
        alone = seconds(lambda: [(first.predict(p), second.predict(p)) for p in pictures])
        ratios.append(seconds(lambda: [both.predict(p) for p in pictures]) / alone)
    print(json.dumps(row("two stages: latency against the sum of both models", ratios, "")))


def photograph(path: Path, number: int) -> Path:
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    cv2.imwrite(str(path), cv2.resize(coarse, (500, 375), interpolation=cv2.INTER_CUBIC))
    return path


def seconds(call: object) -> float:
    start = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - start


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
