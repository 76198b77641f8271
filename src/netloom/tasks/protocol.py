"""The protocol of learning tasks: what training, evaluation and prediction must know about one.

A task is stateless; one instance serves all threads. It knows nothing of graphs, optimisers or devices: it
says what its samples look like, how a batch becomes a loss, and what outputs mean. A new task is one
file with one class that meets :class:`Task`, and its line in ``netloom.tasks.catalogue``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, Unpack, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, Head, ImageInput
from netloom.tasks.sections import Figure, Section

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.batch_loader import Reading
    from netloom.data.datasets import Samples

Outputs = Any
"""What a network gives for a batch: a tensor or a tuple of tensors, or arrays from another runtime."""

Scores = Any
"""Plain numbers of a batch on the CPU: an array or a sequence with one entry per sample."""

Prediction = dict[str, Any]
"""What is predicted for one sample, as JSON. Places are those of the picture before any transform."""

BatchT = TypeVar("BatchT")
BatchT_co = TypeVar("BatchT_co", covariant=True)
BatchT_contra = TypeVar("BatchT_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named array of a sample, a batch or an exported model.

    Attributes:
        shape: Sizes; a text stands for a size that varies, e.g. ``"batch"``.
        meaning: In words, with unit and value range.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    meaning: str


class Headline(NamedTuple):
    """The metric by which two states of a model are compared."""

    metric: str
    higher_is_better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSignature:
    """Inputs and outputs of the network as another runtime sees it."""

    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Result of an evaluation: numbers for programs, figures and sections for people.

    Attributes:
        metrics: JSON-able; numbers at the top level are the metrics proper, None where undefined.
        summary: The result in a sentence or two.
        remarks: What to keep in mind when reading the numbers, e.g. that a class never occurs.
    """

    metrics: Mapping[str, Any]
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    summary: str = ""
    remarks: tuple[str, ...] = ()


class Scored(NamedTuple):
    """A batch, and what a model said about it."""

    scores: Scores
    batch: Any


class Contender(NamedTuple):
    """What one of two models says about the same samples.

    Attributes:
        scored: All samples in their order, batch by batch; can be gone through once.
        labels: The label space it counts in.
    """

    scored: Iterable[Scored]
    labels: Sequence[str]


class Batches(Protocol[BatchT_co]):
    """Batches of one part of the data, again and again.

    The order is a pure function of the seed and the epoch, so an epoch can be resumed at any batch.
    """

    def __len__(self) -> int:
        """Batches per epoch."""

    def epoch(self, epoch: int, start: int = 0) -> Iterator[BatchT_co]:
        """The batches of an epoch from the ``start``-th on."""


class Tally(Protocol[BatchT_contra]):
    """Accumulates metrics over the batches of a validation."""

    def update(self, outputs: Outputs, batch: BatchT_contra) -> None:
        """Count one batch. Must not wait for the device."""

    def metrics(self) -> dict[str, float]:
        """Values so far; NaN where nothing was counted."""


@runtime_checkable
class Guided(Protocol[BatchT_contra]):
    """A task whose networks look at the answers while they learn, as when a text is read letter by letter."""

    def guided_inputs(self, batch: BatchT_contra) -> tuple[Tensor, ...]:
        """What the network takes of a training batch: ``inputs``, then what it may know of the answers."""


class Learnable(Protocol[BatchT_contra]):
    """What training must know of what a network learns; every :class:`Task` is one."""

    def inputs(self, batch: BatchT_contra) -> tuple[Any, ...]:
        """What the network takes of a batch."""

    def loss(self, outputs: Outputs, batch: BatchT_contra, *, loss: Any) -> Tensor:
        """Mean loss of a batch: a scalar of at least 32 bits. Must not wait for the device."""

    def tally(self, labels: Sequence[str]) -> Tally[BatchT_contra]:
        """Fresh metrics for a validation."""


class Task(Protocol[BatchT]):
    """One learning task."""

    name: str
    """Id in files and manifests."""
    sample: tuple[Field, ...]
    """Fields of a sample as the data column delivers it."""
    heads: frozenset[str]
    """Types of head that give outputs this task understands."""
    headline: Headline
    is_spatial: bool
    """Whether predictions speak of places in the picture, so that they have to be moved back into it."""
    loss_type: Any
    """Annotation of the loss setting: a tagged union whose members have defaults, the usual one first."""

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """Everything that is wrong or doubtful about samples to be trained or evaluated on.

        Errors make them unfit; warnings (such as a class that never occurs) are for the person.

        Args:
            part: ``train``, ``valid`` or ``test``.
        """

    def head(self, labels: Sequence[str], *, dropout: float) -> Head:
        """The head for a label space."""

    def batches(self, samples: Samples, **reading: Unpack[Reading]) -> Batches[BatchT]:
        """Encode targets and collate samples."""

    def image_input(self, samples: Samples) -> ImageInput:
        """The input a network needs for these samples (size after the transforms)."""

    def fitted_loss(self, loss: Any, samples: Samples) -> Any:
        """The loss with everything filled in that the training part decides, e.g. class weights.

        Called once before training; :meth:`loss` is only ever given the result. It is a pure function,
        so a resumed training gets the same.

        Raises:
            InvalidData: The loss does not fit the samples' label space.
        """

    def inputs(self, batch: BatchT) -> tuple[Tensor, ...]:
        """What the network takes of a batch."""

    def motions(self, batch: BatchT) -> Sequence[Motion]:
        """How each picture of a batch was moved; empty if the task does not speak of places."""

    def loss(self, outputs: Outputs, batch: BatchT, *, loss: Any) -> Tensor:
        """Mean loss of a batch: a scalar of at least 32 bits. Must not wait for the device.

        Args:
            batch: Of the training part; its samples may be blended with one another.
        """

    def tally(self, labels: Sequence[str]) -> Tally[BatchT]:
        """Fresh metrics for a validation; :attr:`headline` is among them, and ``loss`` breaks ties."""

    def scores(self, outputs: Outputs) -> Scores:
        """Outputs as plain numbers on the CPU, one entry per sample, e.g. rows of probabilities.

        Args:
            outputs: Tensors on any device; or, from another runtime, arrays: then no deep-learning
                framework is loaded.
        """

    def difference(self, first: Scores, second: Scores) -> float:
        """How much two scores of the same batch differ, from 0 (not at all) to 1; NaN differs from all."""

    def decode(
        self, scores: Scores, labels: Sequence[str], motions: Sequence[Motion]
    ) -> list[Prediction]:
        """Entries of :meth:`scores` as JSON predictions.

        Args:
            motions: How each picture was moved before the network saw it; empty for a task that does not
                speak of places.
        """

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """Types of those fields of predictions that an example does not tell, such as lists."""

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """What is known about a sample, in the form of a prediction; None if nothing is."""

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Metrics with intervals and everything the report shows.

        Args:
            scored: All samples in their order, batch by batch; can be gone through once.
            bootstrap: Resampled data sets for the intervals; 0 leaves intervals out.
        """

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Which of two models (A, B) is better on the same samples, and how sure that is.

        Args:
            samples: Labelled, numbered by ``first.labels``.
            bootstrap: Resampled data sets for the intervals; 0 leaves intervals out.
        """

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """A PNG of a picture as it was before any transform, with its prediction."""

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Inputs and outputs of an exported network."""


def learning_inputs(task: Learnable[BatchT], batch: BatchT) -> tuple[Any, ...]:
    """What a network takes of a batch while it learns."""
    return task.guided_inputs(batch) if isinstance(task, Guided) else task.inputs(batch)
