"""Small data sets for tasks that say something about every pixel, and slow computations of their metrics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from torch import Tensor

from netloom.data.datasets import Samples, open_samples
from netloom.data.index import index_table, write_index
from netloom.data.scene_loaders import SceneBatch
from netloom.data.view import Dataset
from netloom.models.depth_spec import DepthNetwork

NETWORKS_FOR_DEPTH: dict[str, DepthNetwork] = {
    "depth_anything": DepthNetwork(
        farthest=10.0,
        architecture={
            "model_type": "depth_anything",
            "backbone_config": {
                "model_type": "dinov2",
                "hidden_size": 16,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "patch_size": 4,
                "out_indices": [1, 2],
                "reshape_hidden_states": False,
                "initializer_range": 0.1,
            },
            "patch_size": 4,
            "reassemble_hidden_size": 16,
            "reassemble_factors": [2, 1],
            "neck_hidden_sizes": [8, 12],
            "fusion_hidden_size": 8,
            "head_hidden_size": 8,
            "initializer_range": 0.1,
        },
    ),
    "glpn": DepthNetwork(
        architecture={
            "model_type": "glpn",
            "num_encoder_blocks": 2,
            "hidden_sizes": [8, 16],
            "depths": [1, 1],
            "num_attention_heads": [1, 2],
            "mlp_ratios": [2, 2],
            "sr_ratios": [2, 1],
            "patch_sizes": [7, 3],
            "strides": [4, 2],
            "decoder_hidden_size": 8,
            "drop_path_rate": 0.0,
            "initializer_range": 0.1,
        },
    ),
}
"""Whole ones, small enough for pictures of 8×8 pixels."""

Changed = Callable[[Samples], Samples]
NAMES = [f"picture-{row}" for row in range(14)]


def halves(folder: Path) -> Samples:
    """Dark on the left, light on the right, grey at the bottom; the column between them is unknown."""
    rng = np.random.default_rng(0)
    for row, name in enumerate(NAMES):
        border = 2 + row % 5
        picture = rng.integers(0, 90, (8, 8), dtype=np.uint8)
        picture[:, border:] += 150
        mask = np.zeros((8, 8), np.uint8)
        mask[:, border:] = 1
        mask[:, border] = 255
        picture[6:] = 120
        mask[6:] = 2
        write_levels(folder / "media" / f"{name}.png", picture)
        write_levels(folder / "media" / "masks" / f"{name}.png", mask)
    masks = pa.array([f"masks/{name}.png" for name in NAMES], pa.string())
    return opened(
        folder, "semantic_segmentation", {"mask": masks}, labels=("dark", "light", "grey")
    )


def write_levels(path: Path, levels: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", levels)[1].tobytes())


def opened(
    folder: Path, task: str, columns: dict[str, pa.Array], *, labels: tuple[str, ...] = ()
) -> Samples:
    """The training part of a data set of grey pictures of 8×8 pixels with further columns."""
    table = index_table(
        ids=NAMES,
        digests=NAMES,
        paths=[f"{name}.png" for name in NAMES],
        parts=["train"] * len(NAMES),
        sizes=[(8, 8)] * len(NAMES),
    )
    for name, column in columns.items():
        table = table.append_column(name, column)
    write_index(folder / "index.parquet", table)
    view: Dataset[Any] = Dataset(
        task=task,
        index="work:index.parquet",
        media="work:media",
        media_kind="folder",
        labels=labels,
        channels=1,
    )
    return open_samples(view, lambda place: folder / place.removeprefix("work:"), part="train")


def unannotated(samples: Samples) -> Samples:
    """Nobody has looked at the second sample."""
    assert samples.annotations is not None
    is_known_N = np.arange(len(samples)) != 1
    return replace(samples, annotations=replace(samples.annotations, is_known_N=is_known_N))


def levels(*to: int) -> Changed:
    """Every level of the masks becomes another."""

    def change(samples: Samples) -> Samples:
        assert samples.annotations is not None
        known = samples.annotations.renumbered(np.array(to, np.int64))
        return replace(samples, annotations=known)

    return change


def slow_segmentation(outputs: Tensor, batch: SceneBatch) -> dict[str, float]:
    """Pixel by pixel."""
    assert batch.masks_NHW is not None
    both, predicted, true, loss = Counter[int](), Counter[int](), Counter[int](), 0.0
    for logits, mask in zip(
        outputs.permute(0, 2, 3, 1).reshape(-1, 3).tolist(),
        batch.masks_NHW.reshape(-1).tolist(),
        strict=True,
    ):
        if mask == 255:
            continue
        best = logits.index(max(logits))
        both[best] += best == mask
        predicted[best] += 1
        true[mask] += 1
        loss += math.log(sum(math.exp(value) for value in logits)) - logits[mask]
    count = true.total()
    ious = [both[k] / (predicted[k] + true[k] - both[k]) for k in range(3)]
    return {
        "mean_iou": sum(ious) / 3,
        "pixel_accuracy": both.total() / count,
        "loss": loss / count,
    }


def shaded(rng: np.random.Generator, row: int) -> tuple[NDArray[np.uint8], int]:
    """A picture that is darker below a line, and the line."""
    border = 2 + row % 5
    picture = rng.integers(0, 60, (8, 8), dtype=np.uint8)
    picture[:border] += 150
    return picture, border


def planes(folder: Path) -> Samples:
    """Light pixels are 1 metre away, dark ones 4; one row is unknown."""
    rng = np.random.default_rng(0)
    for row, name in enumerate(NAMES):
        picture, border = shaded(rng, row)
        millimetres = np.full((8, 8), 4000, np.uint16)
        millimetres[:border] = 1000
        millimetres[border] = 0
        write_levels(folder / "media" / f"{name}.png", picture)
        write_levels(folder / "media" / "depths" / f"{name}.png", millimetres)
    columns = {
        "target": pa.array([f"depths/{name}.png" for name in NAMES], pa.string()),
        "unit": pa.array([0.001] * len(NAMES), pa.float64()),
    }
    return opened(folder, "depth_estimation", columns)


def roofs(folder: Path) -> Samples:
    """Light pixels face up, dark ones the viewer; one row is unknown."""
    rng = np.random.default_rng(0)
    for row, name in enumerate(NAMES):
        picture, border = shaded(rng, row)
        levels = np.full((8, 8, 3), (255, 128, 128), np.uint8)  # blue, green, red: z is 1
        levels[:border] = (128, 255, 128)
        levels[border] = 0
        write_levels(folder / "media" / f"{name}.png", picture)
        write_levels(folder / "media" / "normals" / f"{name}.png", levels)
    targets = pa.array([f"normals/{name}.png" for name in NAMES], pa.string())
    return opened(folder, "normal_estimation", {"target": targets})


def blank(samples: Samples) -> Samples:
    """Every target is the first one, in which nothing is known any more."""
    assert samples.annotations is not None
    file = samples.annotations.files[0]
    assert file is not None
    path = samples.annotations.media / file
    levels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    write_levels(path, np.zeros_like(levels))
    files = [file] * len(samples)
    return replace(samples, annotations=replace(samples.annotations, files=files))


def known_pixels(outputs: Tensor, batch: SceneBatch) -> list[tuple[list[float], list[float]]]:
    """Numbers of the network and of the truth, of each pixel of which something is known."""
    assert batch.companions_NCHW is not None
    channels = outputs.shape[1]
    pairs = zip(
        outputs.permute(0, 2, 3, 1).reshape(-1, channels).tolist(),
        batch.companions_NCHW.permute(0, 2, 3, 1).reshape(-1, channels).tolist(),
        strict=True,
    )
    return [(said, true) for said, true in pairs if any(true)]


def slow_depth(outputs: Tensor, batch: SceneBatch) -> dict[str, float]:
    abs_rel = delta1 = loss = 0.0
    pixels = known_pixels(outputs, batch)
    for (log,), (true,) in pixels:
        metres = math.exp(log)
        abs_rel += abs(metres - true) / true
        delta1 += max(metres / true, true / metres) < 1.25
        loss += (log - math.log(true)) ** 2
    count = len(pixels)
    return {"abs_rel": abs_rel / count, "delta1": delta1 / count, "loss": loss / count}


def slow_normals(outputs: Tensor, batch: SceneBatch) -> dict[str, float]:
    angle = near = loss = 0.0
    pixels = known_pixels(outputs, batch)
    for said, true in pixels:
        lengths = math.hypot(*said) * math.hypot(*true)
        cosine = sum(a * b for a, b in zip(said, true, strict=True)) / lengths
        degrees = math.degrees(math.acos(cosine))
        angle += degrees
        near += degrees < 11.25
        loss += 1 - cosine
    count = len(pixels)
    return {"mean_angle": angle / count, "within_11": near / count, "loss": loss / count}
