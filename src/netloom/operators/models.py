"""Models as they are described before training. Nothing is built here; descriptions are cheap."""

from __future__ import annotations

from netloom.core.tasks import ImageClassification
from netloom.graph.operator import operator
from netloom.models.codecs import ModelCodec, TrainedModelCodec
from netloom.models.spec import Backbone, ConvNet, Model, TrainedModel, Tune

CODECS = {Model: ModelCodec(), TrainedModel: TrainedModelCodec()}


@operator(group="models")
def image_classifier(
    *,
    backbone: Backbone = ConvNet(),
    tune: Tune = "all",
) -> Model[ImageClassification]:
    """A network that gives each image one label.

    The labels and the size of the pictures come from the data it is trained on.

    Args:
        backbone: The part that turns a picture into features. `convnet` is a small convolutional
            network for pictures of 8 to 64 pixels; `perceptron` is a plain baseline.
        tune: Which parameters training may change.

    Returns:
        The description of an untrained model.
    """
    return Model(task=ImageClassification.name, backbone=backbone, tune=tune)
