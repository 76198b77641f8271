"""What differs between families of detectors: how a network speaks of objects, and how it learns to.

Torch-free at import. A family is chosen by the head of a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from netloom.models.architecture import Architecture, BoxHead, Head, QueryHead
from netloom.tasks.object_detection.detections import Detections, Limits
from netloom.tasks.protocol import Field, Outputs

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch


class Summed(Protocol):
    """A loss as sums over samples, on the device."""

    def added(self, other: Self) -> Self:
        """Of the samples of both."""


class Candidates(NamedTuple):
    """The surest boxes of each sample of a batch, on the device; N samples, C candidates, the surest first.

    Attributes:
        labels_NC: int64 classes; −1 for what is not reported.
    """

    scores_NC: Tensor
    boxes_NC4: Tensor
    labels_NC: Tensor


class Family(Protocol):
    """One way to find objects."""

    loss_type: Any
    """Annotation of the losses that fit, the usual one first."""

    def fitted_loss(self, loss: Any, samples: Samples) -> Any:
        """See :meth:`netloom.tasks.protocol.Task.fitted_loss`."""

    def answers(self, batch: SceneBatch, num_classes: int) -> tuple[Tensor, ...]:
        """What the head may know of the objects while it learns."""

    def loss(self, outputs: Outputs, batch: SceneBatch, loss: Any) -> Tensor:
        """Mean loss of a batch."""

    def usual_loss_sums(self, outputs: Outputs, batch: SceneBatch) -> Summed:
        """Of the usual loss, for a validation."""

    def usual_loss(self, sums: Any) -> Tensor:
        """From sums to the mean."""

    def candidates(self, outputs: Outputs) -> Candidates:
        """What is reported, found without waiting for the device."""

    def reported(self, candidates: Candidates) -> Candidates:
        """Candidates with what is not reported marked; may wait for the device."""

    def scores(self, outputs: Outputs) -> Detections:
        """Of tensors or arrays."""

    def difference(self, first: Detections, second: Detections) -> float:
        """From 0 to 1."""

    def output_fields(self, architecture: Architecture) -> tuple[Field, ...]:
        """What an exported network gives."""


def family_of(head: Head) -> Family:
    """The family of networks with this head.

    Example:
        >>> family_of(QueryHead(outputs=3)).loss_type.__args__[0].__name__
        'SetPrediction'
    """
    match head:
        case BoxHead():
            from netloom.tasks.object_detection.places import Places

            return Places(Limits(head.score_threshold, head.max_objects, head.overlap))
        case QueryHead():
            from netloom.tasks.object_detection.queries import Queries

            return Queries(Limits(head.score_threshold, head.max_objects, None))
    raise ValueError(f"a head of type {head.type} finds no objects")


def best(scores_NPK: Tensor, boxes_NP4: Tensor, *, limits: Limits, most: int) -> Candidates:
    """The surest boxes and classes of each sample that score enough.

    Example:
        >>> import torch
        >>> scores, boxes = torch.tensor([[[0.1, 0.9], [0.5, 0.0]]]), torch.zeros(1, 2, 4)
        >>> best(scores, boxes, limits=Limits(), most=4).labels_NC.tolist()
        [[1, 0, 0, -1]]
    """
    num_classes = scores_NPK.shape[2]
    flat = scores_NPK.flatten(1)
    scores_NC, chosen_NC = flat.topk(min(most, flat.shape[1]), dim=1)
    places_NC1 = chosen_NC.div(num_classes, rounding_mode="floor")[:, :, None]
    labels_NC = chosen_NC.remainder(num_classes)
    return Candidates(
        scores_NC,
        boxes_NP4.gather(1, places_NC1.expand(-1, -1, 4)),
        labels_NC.where(scores_NC >= limits.score_threshold, -1),
    )


def first(candidates: Candidates, count: int) -> Candidates:
    """Candidates beyond the ``count`` surest that are reported are marked.

    Example:
        >>> import torch
        >>> three = Candidates(torch.ones(1, 3), torch.zeros(1, 3, 4), torch.tensor([[2, -1, 2]]))
        >>> first(three, 1).labels_NC.tolist()
        [[2, -1, -1]]
    """
    labels_NC = candidates.labels_NC
    rank_NC = (labels_NC >= 0).cumsum(dim=1)
    return candidates._replace(labels_NC=labels_NC.where(rank_NC <= count, -1))


def class_counts(samples: Samples) -> tuple[int, ...]:
    """Objects to find of each class of the label space."""
    import numpy as np

    counts_K = np.zeros(len(samples.label_names), np.int64)
    for position in range(len(samples)):
        objects = samples.objects(position)
        if objects is not None:
            chosen = objects.labels_M[~objects.crowd_M & (objects.labels_M >= 0)]
            counts_K += np.bincount(chosen, minlength=len(counts_K))
    return tuple(counts_K.tolist())
