"""Models that find objects."""

from __future__ import annotations

from netloom.core.tasks import ObjectDetection
from netloom.graph.operator import operator
from netloom.models.decoder_spec import Decoder, PyramidDecoder
from netloom.models.spec import Backbone, ConvNet, Model, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def object_detector(
    *,
    backbone: Backbone = ConvNet(),
    decoder: Decoder = PyramidDecoder(finest=4, coarser=1),
    tune: Tune = "all",
) -> Model[ObjectDetection]:
    """A network that finds objects: a box, a label and a score for each.

    Every place of several maps of features says what is there (FCOS, arXiv:1904.01355): no anchor boxes to
    choose. Labels and the size of the pictures come from the data it is trained on. Which backbone for what:

    - `convnet` learns pictures of up to some 160 pixels in minutes without a GPU.
    - `resnet` with `pretrained` weights for photographs: depth 18 to begin with, 50 where accuracy counts.
      With its stem for ImageNet and pictures of 400 pixels or more, `finest: 8` is four times as quick as
      4 and loses only objects of less than some 16 pixels.

    Args:
        backbone: The part that turns a picture into maps of features; it has to give such maps.
        decoder: What joins the maps. A pyramid gives maps for objects of each size; `finest` is the step in
            pixels between places of the finest: about a quarter of the smallest object that matters.
            Objects longer than eight steps of the coarsest map need more of them (`coarser`).
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones.

    Returns:
        The description of an untrained model.
    """
    return Model(task=ObjectDetection.name, backbone=backbone, decoder=decoder, tune=tune)
