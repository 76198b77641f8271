"""Models that say something about every pixel, described before training."""

from __future__ import annotations

from netloom.core.errors import InvalidData
from netloom.core.tasks import DepthEstimation, NormalEstimation, SemanticSegmentation
from netloom.graph.operator import operator
from netloom.models.decoder_spec import PixelDecoder, UNetDecoder
from netloom.models.depth_spec import DepthNetwork
from netloom.models.spec import Backbone, ConvNet, DepthBody, Model, Tune
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
      streets and rooms; it sees the surroundings of each pixel. `output_stride: 8` is a little better and
      takes three times the memory.
    - `mobilenet_v2` with `unet` or `pyramid` where prediction has to be quick or the model small.
    - `transformers` (family `segformer`) with `segformer`: a small, quick transformer for photographs; a
      checkpoint of a whole SegFormer fills both. Its `micro` and that of `swin` learn small pictures on a
      CPU.
    - `vgg` (depth 16) with `segnet` is the network of its paper, large and slow for what it reaches; it is
      here to be compared with.

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


@operator(group="models", identity=backbone_identity)
def depth_estimator(
    *,
    backbone: DepthBody = ConvNet(),
    decoder: PixelDecoder | None = None,
    tune: Tune = "all",
) -> Model[DepthEstimation]:
    """A network that tells how far away each pixel of an image is.

    It gives metres, as in the data it is trained on. A single picture tells sizes only by what is usual
    there, so a model is good for the kind of camera and scene it has seen. Which parts for what:

    - `convnet` with `unet` learns small pictures in minutes without a GPU. Add a fifth or sixth width so that
      it sees the whole picture: `widths: [16, 32, 64, 96, 128]`.
    - `depth_network` with `pretrained` weights is the first choice for photographs: Depth Anything V2 for
      metres, indoors or outdoors, `small` to begin with. It has learned from millions of pictures, so a few
      hundred of one's own are enough to fit it to a camera.
    - `resnet` (pretrained) with `unet` where that is too slow; depth 50 where accuracy counts.
    - `transformers` (family `segformer`, or `swin` with `unet`): each pixel may look at the whole picture,
      which is what distances hang on.
    - `mobilenet_v2` with `unet` where prediction has to be quick or the model small.

    Args:
        backbone: The part that turns a picture into maps of features. Or `depth_network`, a whole network.
        decoder: The part that turns the maps of a backbone into one that is fine enough for pixels; empty
            takes `unet`. `depth_network` has its own.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`; the decoder is the block before the head.

    Returns:
        The description of an untrained model.
    """
    if not isinstance(backbone, DepthNetwork):
        decoder = decoder or UNetDecoder()
    elif decoder is not None:
        raise InvalidData.of(
            "depth_network brings its own decoder",
            code="I395",
            expected="no decoder",
            got=decoder.type,
            fix="Remove decoder, or choose another backbone",
        )
    return Model(task=DepthEstimation.name, backbone=backbone, decoder=decoder, tune=tune)


@operator(group="models", identity=backbone_identity)
def normal_estimator(
    *,
    backbone: Backbone = ConvNet(),
    decoder: PixelDecoder = UNetDecoder(),
    tune: Tune = "all",
) -> Model[NormalEstimation]:
    """A network that tells which way the surface faces at each pixel of an image.

    The same parts as for depth: `convnet` with `unet` to begin with, a pretrained `resnet` with `unet` or a
    `segformer` of `transformers` for photographs, `mobilenet_v2` where prediction has to be quick.

    Args:
        backbone: The part that turns a picture into maps of features.
        decoder: The part that turns these maps into one that is fine enough for pixels.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`; the decoder is the block before the head.

    Returns:
        The description of an untrained model.
    """
    return Model(task=NormalEstimation.name, backbone=backbone, decoder=decoder, tune=tune)
