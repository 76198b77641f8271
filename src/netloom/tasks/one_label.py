"""Tasks that give each sample one label of a label space, whatever the samples are.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, LinearHead
from netloom.tasks.losses import (
    Blend,
    ClassificationLoss,
    balanced_weights,
    classification_loss,
)
from netloom.tasks.part_problems import class_outside, empty_part
from netloom.tasks.protocol import Field, Headline, Prediction
from netloom.tasks.scores import largest_difference, probabilities

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples


class OneLabelTask:
    """Softmax over a label space; see :class:`netloom.tasks.protocol.Task` for the methods."""

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
            found.append(class_outside(part, int(labels_N.max()), len(labels)))
        if part == "train" and len(np.unique(labels_N[labels_N >= 0])) == 1:
            found.append(_single_class(part))
        absent = np.setdiff1d(np.arange(len(labels)), labels_N)
        if part == "train" and len(absent) and not found:
            found.append(_absent([labels[index] for index in absent]))
        return found

    def head(self, labels: Sequence[str], *, dropout: float) -> LinearHead:
        """One output per class."""
        return LinearHead(outputs=len(labels), dropout=dropout)

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

    def motions(self, batch: Any) -> Sequence[Motion]:
        """None are needed."""
        return ()

    def loss(self, outputs: Tensor, batch: Any, *, loss: ClassificationLoss) -> Tensor:
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
        return probabilities(outputs)

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


def caption(prediction: Prediction, truth: Prediction | None) -> str:
    """What is written below a sample: ``label score``, and the truth if it is another label.

    >>> caption({"label": "cat", "score": 0.754}, {"label": "dog"})
    'cat 75%, is dog'
    """
    said = f"{prediction['label']} {prediction['score']:.0%}"
    if truth is None or truth["label"] == prediction["label"]:
        return said
    return f"{said}, is {truth['label']}"


def logits_field(architecture: Architecture) -> Field:
    """What an exported network gives."""
    assert isinstance(architecture.head, LinearHead)
    return Field(
        name="logits",
        dtype="float32",
        shape=("batch", architecture.head.outputs),
        meaning="one number per class; softmax gives probabilities",
    )


class ClassificationTally:
    """Accuracy and mean cross-entropy, summed on the device so that no batch waits for the next."""

    def __init__(self) -> None:
        self._count = 0
        self._hits: Any = 0
        self._loss: Any = 0.0

    def update(self, outputs: Tensor, batch: Any) -> None:
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
