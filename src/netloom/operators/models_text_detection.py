"""Models that find text."""

from __future__ import annotations

from netloom.core.tasks import TextDetection
from netloom.graph.operator import operator
from netloom.models.decoder_spec import FusedPyramidDecoder, PixelDecoder
from netloom.models.spec import Backbone, ConvNet, Model, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def text_detector(
    *,
    backbone: Backbone = ConvNet(widths=(16, 24, 48, 64, 96)),
    decoder: PixelDecoder = FusedPyramidDecoder(width=48, finest=2),
    tune: Tune = "all",
) -> Model[TextDetection]:
    """A network that finds where something is written: a polygon and a score for each text.

    Every pixel tells whether it belongs to the middle of a text, and each connected piece becomes a polygon:
    turned, in perspective or curved (DBNet, arXiv:1911.08947). The size of the pictures comes from the
    data it is trained on; text of less than some 8 pixels in height is not found. Which backbone for what:

    - `convnet` learns pictures of up to some 200 pixels in minutes without a GPU.
    - `resnet` with `pretrained` weights for photographs: depth 18 to begin with, 50 where accuracy counts;
      with `finest: 4` in the decoder, which is what the paper does.
    - `transformers` with the family `textnet`, made for text: wide and tall convolutions follow lines
      (FAST, arXiv:2111.02394). Its `micro` learns small pictures on a CPU; pretrained ones, such as
      `czczup/textnet-base`, are for photographs, with `finest: 4`.

    Args:
        backbone: The part that turns a picture into maps of features; it has to give such maps.
        decoder: What joins the maps; the finest one has to tell neighbouring lines apart: `finest` is the
            step between its places in pixels.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones.

    Returns:
        The description of an untrained model.
    """
    return Model(task=TextDetection.name, backbone=backbone, decoder=decoder, tune=tune)
