"""Models that say something about every pixel, described before training."""

from __future__ import annotations

from netloom.core.tasks import SemanticSegmentation
from netloom.graph.operator import operator
from netloom.models.decoder_spec import PixelDecoder, UNetDecoder
from netloom.models.spec import Backbone, ConvNet, Model, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def segmenter(
    *,
    backbone: Backbone = ConvNet(),
    decoder: PixelDecoder = UNetDecoder(),
    tune: Tune = "all",
) -> Model[SemanticSegmentation]:
    """A network that gives each pixel of an image one label.

    The labels and the size of the pictures come from the data it is trained on. Which parts for what:

    - `convnet` with `unet` learns pictures of up to 128 pixels in minutes without a GPU.
    - `resnet` with `unet`: the first choice where borders count, such as cells or parts.
    - `resnet` (depth 50, `output_stride: 16`, pretrained) with `deeplab`: the first choice for photographs of
      streets and rooms; it sees the surroundings of each pixel. `output_stride: 8` is a little better and takes
      three times the memory.
    - `mobilenet_v2` with `unet` or `pyramid` where prediction has to be quick or the model small.
    - `vgg` (depth 16) with `segnet` is the network of its paper, large and slow for what it reaches; it is here to
      be compared with.

    Memory of a training grows with the area of the pictures and the finest map: shrink pictures with
    image.resize, or lower `batch_size`, where it does not suffice.

    Args:
        backbone: The part that turns a picture into maps of features.
        decoder: The part that turns these maps into one that is fine enough for pixels.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`; the decoder is the block before the head.

    Returns:
        The description of an untrained model.
    """
    return Model(task=SemanticSegmentation.name, backbone=backbone, decoder=decoder, tune=tune)
