"""Models that give a better picture in place of a bad one."""

from __future__ import annotations

from netloom.core.tasks import ImageEnhancement
from netloom.graph.operator import operator
from netloom.models.decoder_spec import Decoder, UNetDecoder
from netloom.models.spec import Backbone, ConvNet, Model, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def image_enhancer(
    *,
    backbone: Backbone = ConvNet(widths=(24, 48, 96)),
    decoder: Decoder = UNetDecoder(width=24),
    tune: Tune = "all",
) -> Model[ImageEnhancement]:
    """A network that gives a better picture: without noise, blur, rain, haze or stamps.

    It learns the change of each pixel, and enhances pictures of any size at their own resolution, tile by
    tile. A tile is as large as the pieces it is trained on: cut them with `image.random_crop`, 64 to 256
    pixels, at least as large as what disturbs. Resizing is left out when it predicts. Which one for what:

    - `convnet` with `unet` is small and quick: about a minute of training on two cores for hundreds of pieces
      of 64 pixels, and some six megabytes of memory for each piece of a batch.
    - `nafnet` with `naf` is slower, and better on photographs with enough of them: take `width: 32` and
      `blocks: [2, 2, 4, 8]` on a GPU. Its batches may be as small as one.
    - `resnet` with `unet` starts from pretrained weights; worth a try for haze and stamps, where it matters
      what the picture shows, less for noise.

    Args:
        backbone: The part that turns a picture into maps of features, from fine to coarse.
        decoder: The part that puts the maps together again: `unet`, or `naf` in the manner of NAFNet.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones.

    Returns:
        The description of an untrained model.
    """
    return Model(task=ImageEnhancement.name, backbone=backbone, decoder=decoder, tune=tune)
