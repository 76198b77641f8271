"""Models as values on the edges of a graph: what to build, and what training has built.

Nothing here needs a tensor library, so that a graph with models can be checked and planned without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal

from pydantic import Field, TypeAdapter

from netloom.core.settings import Fraction, PositiveInt, Settings
from netloom.core.tasks import TaskT

Widths = Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=8)]

Tune = Literal["all"]
"""Which parameters training may change."""


class ConvNet(Settings):
    """A small convolutional network: 3×3 convolution, batch norm, ReLU per stage, halved in between.

    About 80 000 parameters by default; learns thumbnails (8–64 pixels) in seconds on one core.

    Attributes:
        widths: Channels of each stage. The picture is halved between stages, so four stages see
            an eighth of the side length in the end.
        dropout: Share of the features that training switches off at random before the head.
    """

    type: Literal["convnet"] = "convnet"
    widths: Widths = (16, 32, 64, 96)
    dropout: Fraction = 0.1


class Perceptron(Settings):
    """Fully connected layers over the flattened picture: the baseline a real network has to beat.

    Attributes:
        widths: Units of each hidden layer.
        dropout: Share of the features that training switches off at random before the head.
    """

    type: Literal["perceptron"] = "perceptron"
    widths: Widths = (128,)
    dropout: Fraction = 0.0


Backbone = Annotated[ConvNet | Perceptron, Field(discriminator="type")]
"""The part of a network that turns an input into features."""


@dataclass(frozen=True, kw_only=True)
class Model(Generic[TaskT]):
    """A model as described, before training.

    Attributes:
        task: Name of the learning task.
        tune: Which parameters training may change.
        labels: Label space in class-index order; None takes it from the data trained on.
    """

    task: str
    backbone: Backbone
    tune: Tune = "all"
    labels: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """The description as JSON; inverse of :func:`model_from_json`.

        Example:
            >>> len(Model(task="image_classification", backbone=ConvNet()).to_json())
            4
        """
        return {
            "task": self.task,
            "backbone": self.backbone.model_dump(mode="json"),
            "tune": self.tune,
            "labels": None if self.labels is None else list(self.labels),
        }


@dataclass(frozen=True, kw_only=True)
class TrainedModel(Model[TaskT]):
    """A model with learned parameters.

    Attributes:
        package: Location of its model package (a folder, see ``netloom.models.package``).
    """

    package: str

    def to_json(self) -> dict[str, Any]:
        """Adds the package's location."""
        return {**super().to_json(), "package": self.package}


def model_from_json(document: dict[str, Any]) -> Model[Any]:
    """A :class:`Model`, or a :class:`TrainedModel` if the document names a package.

    Raises:
        pydantic.ValidationError: The backbone is unknown or its settings are not valid.

    Example:
        >>> model = Model(task="image_classification", backbone=ConvNet(widths=(8, 16)))
        >>> model_from_json(model.to_json()).backbone.widths[1]
        16
    """
    labels = document.get("labels")
    fields: dict[str, Any] = {
        "task": document["task"],
        "backbone": backbone_from_json(document["backbone"]),
        "tune": document["tune"],
        "labels": None if labels is None else tuple(labels),
    }
    if "package" in document:
        return TrainedModel(**fields, package=document["package"])
    return Model(**fields)


def backbone_from_json(document: dict[str, Any]) -> Backbone:
    """Validate a backbone's description.

    Raises:
        pydantic.ValidationError: The type is unknown or its settings are not valid.

    Example:
        >>> backbone_from_json({"type": "convnet", "widths": [8]}).widths[0]
        8
    """
    backbone: Backbone = _BACKBONE.validate_python(document)
    return backbone


_BACKBONE: TypeAdapter[Backbone] = TypeAdapter(Backbone)
