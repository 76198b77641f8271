"""A small example of every learning task, and what is computed of it.

A new task adds its line to ``EXAMPLES``; where several kinds of networks solve it, one for each:
``task/kind``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dense_examples as dense
import detection_examples as detection
import numpy as np
import pair_examples as pair
import text_examples as text
import torch
import video_examples as video
from torch import Tensor

from netloom.data.datasets import Samples, open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.loaders import Batch
from netloom.data.mixing import MixedBatch
from netloom.models.architecture import Architecture, CharacterHead, Head, QueryHead
from netloom.models.decoder_spec import (
    Decoder,
    FusedPyramidDecoder,
    PyramidDecoder,
    RecurrentDecoder,
    UNetDecoder,
)
from netloom.models.network import Network, build_network
from netloom.models.spec import Body, ConvNet
from netloom.tasks.catalogue import task_for, task_named
from netloom.tasks.loss_choice import losses_of
from netloom.tasks.protocol import Outputs, Prediction, Scores, Task

Changed = Callable[[Samples], Samples]

SMALL = ConvNet(widths=(6, 8), dropout=0.0)


@dataclass(frozen=True, kw_only=True)
class Example:
    """What is needed to try a task.

    Attributes:
        samples: Writes a small training part without flaws.
        flaws: For each code of a problem, samples that have it.
        blends: Batches made of a plain one by mixing samples; the first one changes nothing.
        slow_metrics: The tally's metrics, sample by sample.
        decoder: For a task that speaks of places.
        backbone: Of the network.
        head: Kind of head, if not the task's usual one.
    """

    samples: Callable[[Path], Samples]
    flaws: Mapping[str, Changed]
    blends: Callable[[Any], Iterable[Any]]
    slow_metrics: Callable[[Any, Any], dict[str, float]]
    decoder: Decoder | None = None
    backbone: Body = SMALL
    head: Head | None = None


def pictures(folder: Path) -> Samples:
    rng = np.random.default_rng(0)
    classes = [row % 3 for row in range(14)]
    images = rng.integers(0, 90, (14, 8, 8, 1), dtype=np.uint8)
    for image, label in zip(images, classes, strict=True):
        image[2 * label : 2 * label + 2] += 150
    view = write_array_source(
        folder,
        images,
        classes,
        label_names=("top", "middle", "bottom"),
        ids=[f"picture-{row}" for row in range(14)],
        parts=["train"] * 14,
    )
    return open_samples(view, lambda place: folder / place.removeprefix("work:"), part="train")


def labelled(*labels: int) -> Changed:
    def change(samples: Samples) -> Samples:
        return replace(samples, labels_N=np.resize(np.array(labels, np.int64), len(samples)))

    return change


def nothing(samples: Samples) -> Samples:
    return replace(samples, ids=(), digests=(), paths=(), labels_N=samples.labels_N[:0])


def blended(batch: Batch) -> list[MixedBatch]:
    partners_N = batch.labels_N.roll(1)
    return [MixedBatch(*batch, partners_N, torch.full((len(partners_N),), w)) for w in (1.0, 0.6)]


def slow_classification(outputs: Tensor, batch: Batch) -> dict[str, float]:
    hits = loss = 0.0
    for row, label in zip(outputs.tolist(), batch.labels_N.tolist(), strict=True):
        hits += row.index(max(row)) == label
        loss += math.log(sum(math.exp(value) for value in row)) - row[label]
    return {"accuracy": hits / len(outputs), "loss": loss / len(outputs)}


EXAMPLES = {
    "image_classification": Example(
        samples=pictures,
        flaws={
            "I301": nothing,
            "I302": labelled(0, 1, 2, -1),
            "I303": labelled(1),
            "I305": labelled(0, 1, 2, 3),
            "X311": labelled(0, 2),
        },
        blends=blended,
        slow_metrics=slow_classification,
    ),
    "object_detection": Example(
        samples=detection.shapes,
        flaws={
            "I301": nothing,
            "I302": dense.unannotated,
            "I305": dense.levels(0, 1, 7),
            "I317": dense.levels(-1, -1, -1),
            "X311": dense.levels(0, 1, 1),
        },
        blends=lambda batch: [batch],
        slow_metrics=detection.slow_detection,
        decoder=PyramidDecoder(width=8),
    ),
    "depth_estimation": Example(
        samples=dense.planes,
        flaws={"I301": nothing, "I302": dense.unannotated, "X314": dense.blank},
        blends=lambda batch: [batch],
        slow_metrics=dense.slow_depth,
        decoder=UNetDecoder(width=6),
    ),
    "normal_estimation": Example(
        samples=dense.roofs,
        flaws={"I301": nothing, "I302": dense.unannotated, "X314": dense.blank},
        blends=lambda batch: [batch],
        slow_metrics=dense.slow_normals,
        decoder=UNetDecoder(width=6),
    ),
    "semantic_segmentation": Example(
        samples=dense.halves,
        flaws={
            "I301": nothing,
            "I302": dense.unannotated,
            "I303": dense.levels(1, 1, 1),
            "X311": dense.levels(0, 1, 1),
            "X314": dense.levels(255, 255, 255),
        },
        blends=lambda batch: [batch],
        slow_metrics=dense.slow_segmentation,
        decoder=UNetDecoder(width=6),
    ),
    "image_enhancement": Example(
        samples=pair.pairs,
        flaws={
            "I301": nothing,
            "I470": pair.without_answer,
            "I471": pair.targets_that_change_nothing,
        },
        blends=lambda batch: [batch],
        slow_metrics=pair.slow_enhancement,
        decoder=UNetDecoder(width=6),
    ),
    "text_recognition": Example(
        samples=pair.lines,
        flaws={
            "I301": nothing,
            "I475": pair.without_answer,
            "I476": pair.texts_of(""),
            "I478": pair.texts_of("ab", "xa"),
        },
        blends=lambda batch: [batch],
        slow_metrics=pair.slow_reading,
        decoder=RecurrentDecoder(width=8, step=2, rows=2),
    ),
    "text_detection": Example(
        samples=text.pages,
        flaws={
            "I301": nothing,
            "I302": text.unannotated,
            "I318": text.rewritten(text.written(text.THIN, is_crowd=True)),
            "X315": text.rewritten(text.written(text.THIN)),
        },
        blends=lambda batch: [batch],
        slow_metrics=text.slow_text_detection,
        decoder=FusedPyramidDecoder(width=8, finest=1),
    ),
}

EXAMPLES["object_detection/queries"] = replace(
    EXAMPLES["object_detection"],
    samples=detection.large_shapes,
    slow_metrics=detection.slow_queries,
    decoder=None,
    backbone=detection.tiny_d_fine(),
    head=QueryHead(),
)

for kind, body in dense.NETWORKS_FOR_DEPTH.items():
    EXAMPLES[f"depth_estimation/{kind}"] = replace(
        EXAMPLES["depth_estimation"], decoder=None, backbone=body
    )

EXAMPLES["text_recognition/attention"] = replace(
    EXAMPLES["text_recognition"],
    slow_metrics=pair.slow_writing,
    head=CharacterHead(longest=5, width=16, heads=2, dropout=0.0),
)
EXAMPLES["text_recognition/trocr"] = replace(
    EXAMPLES["text_recognition/attention"],
    decoder=None,
    backbone=pair.tiny_trocr(),
    head=CharacterHead(longest=5),
)

for kind, body in video.QUICK_BODIES.items():
    EXAMPLES[f"video_classification/{kind}"] = Example(
        samples=video.brightening,
        flaws={
            "I301": nothing,
            "I302": labelled(0, 1, 2, -1),
            "I303": labelled(1),
            "I305": labelled(0, 1, 2, 3),
            "X311": labelled(0, 2),
            "X360": video.cut_short,
        },
        blends=lambda batch: [batch],
        slow_metrics=slow_classification,
        backbone=body,
    )


def all_of(outputs: Outputs) -> tuple[Tensor, ...]:
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def rows(outputs: Outputs, chosen: slice) -> Outputs:
    parts = tuple(tensor[chosen] for tensor in all_of(outputs))
    return parts[0] if isinstance(outputs, Tensor) else parts


class Tried:
    """A task with its example, a batch of all samples and a network."""

    def __init__(self, name: str, folder: Path) -> None:
        self.example = EXAMPLES[name]
        self.task: Task[Any] = task_named(name.partition("/")[0])
        if self.example.head is not None:
            self.task = task_for(self.task.name, self.example.head)
        self.samples = self.example.samples(folder)
        self.labels = self.samples.label_names
        self.batch = next(self.task.batches(self.samples, batch_size=len(self.samples)).epoch(0))
        self.architecture = Architecture(
            input=self.task.image_input(self.samples),
            backbone=self.example.backbone,
            decoder=self.example.decoder,
            head=self.task.head(self.labels, dropout=0.0),
        )

    def network(self, seed: int = 0) -> Network:
        return build_network(self.architecture, seed=seed)

    def outputs(self) -> Outputs:
        with torch.inference_mode():
            return self.network().eval()(*self.task.inputs(self.batch))

    def predicted(self, scores: Scores) -> list[Prediction]:
        motions = self.task.motions(self.batch)
        assert bool(motions) == self.task.is_spatial
        return self.task.decode(scores, self.labels, motions)

    def losses(self) -> list[Any]:
        """Every kind of loss with its defaults, and one that has to be fitted."""
        kinds = losses_of(self.task)
        losses = [kind() for kind in kinds]
        if "class_weights" in kinds[0].model_fields:
            losses.append(kinds[0](class_weights="balanced"))
        return [self.task.fitted_loss(loss, self.samples) for loss in losses]
