"""Image classification: one label for each image.

Shape legend: N samples, C channels, H height, W width, K classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.tasks.drawing import captioned_png
from netloom.tasks.image_classification.comparison import classification_comparison
from netloom.tasks.image_classification.report import classification_evaluation
from netloom.tasks.losses import (
    Blend,
    ClassificationLoss,
    balanced_weights,
    classification_loss,
)
from netloom.tasks.part_problems import empty_part
from netloom.tasks.picture_fields import IMAGE_FIELD, images_field
from netloom.tasks.picture_input import is_single_left, picture_input
from netloom.tasks.protocol import (
    Contender,
    Evaluation,
    ExportSignature,
    Field,
    Headline,
    Prediction,
    Scored,
)
from netloom.tasks.scores import gathered, largest_difference

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples
    from netloom.data.loaders import Batch, Loader
    from netloom.data.mixing import MixedBatch


class ImageClassificationTask:
    """Softmax over a label space; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> scores = np.array([[0.25, 0.75]], dtype=np.float32)
        >>> ImageClassificationTask().decode(scores, ("cat", "dog"))[0]["score"]
        0.75
    """

    name = "image_classification"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(name="label", dtype="int64", shape=(), meaning="index into the label space"),
    )
    heads = frozenset({"linear"})
    headline = Headline("accuracy", higher_is_better=True)
    is_spatial = False
    loss_type = ClassificationLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples without label, labels outside the label space, a single class.

        For the training part also a warning that names the classes without samples.
        """
        if not len(samples):
            return [empty_part(part)]
        labels_N = samples.labels_N
        found: list[Diagnostic] = []
        unlabelled = [samples.ids[i] for i in np.flatnonzero(labels_N < 0)[:5]]
        if unlabelled:
            found.append(_unlabelled(part, unlabelled, int(np.sum(labels_N < 0))))
        if int(labels_N.max()) >= len(labels):
            found.append(_outside(part, int(labels_N.max()), len(labels)))
        if part == "train" and len(np.unique(labels_N[labels_N >= 0])) == 1:
            found.append(_single_class(part))
        absent = np.setdiff1d(np.arange(len(labels)), labels_N)
        if part == "train" and len(absent) and not found:
            found.append(_absent([labels[index] for index in absent]))
        return found

    def head(self, labels: Sequence[str], *, dropout: float) -> LinearHead:
        """One output per class."""
        return LinearHead(outputs=len(labels), dropout=dropout)

    def batches(
        self,
        samples: Samples,
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        num_workers: int = 0,
        rank: int = 0,
        world_size: int = 1,
        weights_N: NDArray[np.float64] | None = None,
    ) -> Loader:
        """Pictures as bytes ``(N, C, H, W)`` with class indices ``(N,)``, −1 if unlabelled."""
        from netloom.data.loaders import Loader

        return Loader(
            samples,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            num_workers=num_workers,
            drop_last=is_single_left(
                len(samples), batch_size=batch_size, shuffle=shuffle, world_size=world_size
            ),
            rank=rank,
            world_size=world_size,
            weights_N=weights_N,
        )

    def image_input(self, samples: Samples) -> ImageInput:
        """Size of the first picture after the transforms, and the data's normalisation."""
        first = next(self.batches(samples, batch_size=1).epoch(0))
        return picture_input(first.images_NCHW, samples)

    def fitted_loss(self, loss: ClassificationLoss, samples: Samples) -> ClassificationLoss:
        """Fills in ``balanced`` class weights; classes without samples get 0."""
        classes = len(samples.label_names)
        if loss.class_weights == "balanced":
            known_N = samples.labels_N[samples.labels_N >= 0]
            counts_K = np.bincount(known_N, minlength=classes).tolist()
            return loss.model_copy(update={"class_weights": balanced_weights(tuple(counts_K))})
        if loss.class_weights is not None and len(loss.class_weights) != classes:
            raise InvalidData.of(
                "loss.class_weights does not fit the label space",
                code="X310",
                expected=f"{classes} numbers: for {', '.join(samples.label_names[:10])}",
                got=f"{len(loss.class_weights)} numbers",
                fix="Give one weight per class, or balanced",
            )
        return loss

    def inputs(self, batch: Batch | MixedBatch) -> tuple[Tensor, ...]:
        """The pictures."""
        return (batch.images_NCHW,)

    def motions(self, batch: Batch | MixedBatch) -> Sequence[Motion]:
        """None are needed."""
        return ()

    def loss(
        self, outputs: Tensor, batch: Batch | MixedBatch, *, loss: ClassificationLoss
    ) -> Tensor:
        """Weighted mean over the batch, blended samples included."""
        from netloom.data.mixing import MixedBatch

        blend = None
        if isinstance(batch, MixedBatch):
            blend = Blend(batch.partner_labels_N, batch.weights_N)
        return classification_loss(outputs, batch.labels_N, loss, blend=blend)

    def tally(self, labels: Sequence[str]) -> ClassificationTally:
        """Accuracy and cross-entropy."""
        return ClassificationTally()

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, ``(N, K)``."""
        if isinstance(outputs, np.ndarray):
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True, initial=-np.inf))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
        probabilities: NDArray[np.float32] = outputs.float().softmax(dim=1).cpu().numpy()
        return probabilities

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest difference of two probabilities."""
        return largest_difference(first, second)

    def decode(
        self, scores: NDArray[np.float32], labels: Sequence[str], motions: Sequence[Motion] = ()
    ) -> list[Prediction]:
        """``{"label", "score", "scores": {label: probability}}`` per sample."""
        best_N = scores.argmax(axis=1)
        return [
            {
                "label": labels[best],
                "score": float(row[best]),
                "scores": {label: float(score) for label, score in zip(labels, row, strict=True)},
            }
            for best, row in zip(best_N, scores, strict=True)
        ]

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """An example tells them all."""
        return {}

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """``{"label"}``, if there is one."""
        label = int(samples.labels_N[position])
        return None if label < 0 else {"label": samples.label_names[label]}

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Everything in ``measures``, confusions, curves and telling pictures."""
        return classification_evaluation(
            gathered(scored, len(labels)), samples, labels, bootstrap=bootstrap, seed=seed
        )

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Paired tests and intervals, differences by class, and pictures where only one is right."""
        return classification_comparison(first, second, samples, bootstrap=bootstrap, seed=seed)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The picture with ``label score`` below it, and the truth if it is another label."""
        caption = f"{prediction['label']} {prediction['score']:.0%}"
        if truth is not None and truth["label"] != prediction["label"]:
            caption += f", is {truth['label']}"
        return captioned_png(image_HWC, caption)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, logits out; normalisation is part of the network."""
        assert isinstance(architecture.head, LinearHead)
        image = architecture.input
        return ExportSignature(
            inputs=(images_field(image),),
            outputs=(
                Field(
                    name="logits",
                    dtype="float32",
                    shape=("batch", architecture.head.outputs),
                    meaning="one number per class; softmax gives probabilities",
                ),
            ),
        )


class ClassificationTally:
    """Accuracy and mean cross-entropy, summed on the device so that no batch waits for the next."""

    def __init__(self) -> None:
        self._count = 0
        self._hits: Any = 0
        self._loss: Any = 0.0

    def update(self, outputs: Tensor, batch: Batch) -> None:
        """Count one batch."""
        from torch.nn.functional import cross_entropy

        self._count += len(batch.labels_N)
        self._hits = self._hits + (outputs.argmax(dim=1) == batch.labels_N).sum()
        self._loss = self._loss + cross_entropy(outputs.float(), batch.labels_N, reduction="sum")

    def metrics(self) -> dict[str, float]:
        """``accuracy`` and ``loss`` (cross-entropy, whatever loss training uses)."""
        if not self._count:
            return {"accuracy": float("nan"), "loss": float("nan")}
        return {
            "accuracy": float(self._hits) / self._count,
            "loss": float(self._loss) / self._count,
        }


def _unlabelled(part: str, ids: list[str], count: int) -> Diagnostic:
    return Diagnostic(
        code="I302",
        message=f"{count} samples of the {part} part have no label, e.g. {', '.join(ids)}",
        fix="Label them or leave them out",
    )


def _outside(part: str, index: int, classes: int) -> Diagnostic:
    return Diagnostic(
        code="I305",
        message=f"the {part} part has a class index outside the label space",
        expected=f"0…{classes - 1}",
        got=str(index),
        fix="Use the label space of the data",
    )


def _absent(names: list[str]) -> Diagnostic:
    shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
    return Diagnostic(
        code="X311",
        message=f"the train part has no sample of {len(names)} of the classes: {shown}",
        fix="Add samples of them, split with stratify: true, or leave them out of the label space; "
        "a model never learns to predict what it never saw",
        severity=Severity.WARNING,
    )


def _single_class(part: str) -> Diagnostic:
    return Diagnostic(
        code="I303",
        message=f"all samples of the {part} part have the same label, so there is nothing to learn",
        expected="at least two classes",
        fix="Add samples of another class, or split with stratify: true",
    )
