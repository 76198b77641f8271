"""Models that give a better picture in place of a bad one."""

from __future__ import annotations

from netloom.core.errors import InvalidData
from netloom.core.tasks import ImageEnhancement
from netloom.graph.operator import operator
from netloom.models.decoder_spec import Decoder, UNetDecoder
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import ConvNet, EnhancerBody, Model, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def image_enhancer(
    *,
    backbone: EnhancerBody = ConvNet(widths=(24, 48, 96)),
    decoder: Decoder | None = None,
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
    - `swin2sr` is a transformer, and several times slower still: for a GPU and `pretrained` weights. Its
      `micro` learns small pieces on a CPU.
    - `resnet` with `unet` starts from pretrained weights; worth a try for haze and stamps, where it matters
      what the picture shows, less for noise.

    Args:
        backbone: The part that turns a picture into maps of features, from fine to coarse. Or `swin2sr`,
            which keeps one map as fine as the picture.
        decoder: The part that puts the maps together again: `unet`, or `naf` in the manner of NAFNet. Empty
            takes `unet` with `width: 24`. `swin2sr` needs none.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones.

    Returns:
        The description of an untrained model.
    """
    if not isinstance(backbone, Swin2SR):
        decoder = decoder or UNetDecoder(width=24)
    elif decoder is not None:
        raise InvalidData.of(
            "swin2sr needs no decoder",
            code="I395",
            expected="no decoder",
            got=decoder.type,
            fix="Remove decoder, or choose another backbone",
        )
    return Model(task=ImageEnhancement.name, backbone=backbone, decoder=decoder, tune=tune)
