"""Models that find objects."""

from __future__ import annotations

from netloom.core.errors import InvalidData
from netloom.core.settings import Fraction, PositiveInt
from netloom.core.tasks import ObjectDetection
from netloom.graph.operator import operator
from netloom.models.architecture import BoxHead, QueryHead
from netloom.models.decoder_spec import Decoder, PyramidDecoder
from netloom.models.spec import ConvNet, DetectorBody, DFine, Model, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def object_detector(
    *,
    backbone: DetectorBody = ConvNet(),
    decoder: Decoder | None = None,
    score_threshold: Fraction = 0.05,
    max_objects: PositiveInt = 100,
    overlap: Fraction = 0.6,
    tune: Tune = "all",
) -> Model[ObjectDetection]:
    """A network that finds objects: a box, a label and a score for each.

    Labels and the size of the pictures come from the data it is trained on. There are two kinds. With a
    backbone and a decoder, every place of several maps of features says what is there (FCOS,
    arXiv:1904.01355): no anchor boxes to choose. `d_fine` is a whole detector: queries that look for one
    object each (arXiv:2410.13842). Which backbone for what:

    - `convnet` learns pictures of up to some 160 pixels in minutes without a GPU.
    - `resnet` with `pretrained` weights for photographs: depth 18 to begin with, 50 where accuracy counts.
      With its stem for ImageNet and pictures of 400 pixels or more, `finest: 8` is four times as quick as
      4 and loses only objects of less than some 16 pixels.
    - `d_fine` with `pretrained` weights, on a GPU, where accuracy counts most: `small` or `medium` to begin
      with, pictures of 640×640 pixels. From scratch it needs more pictures and more time than the others.

    Args:
        backbone: The part that turns a picture into maps of features; it has to give such maps. Or `d_fine`,
            the whole detector.
        decoder: What joins the maps of a backbone; empty takes a pyramid with `finest: 4` and `coarser: 1`.
            A pyramid gives maps for objects of each size; `finest` is the step in pixels between places of
            the finest: about a quarter of the smallest object that matters. Objects longer than eight steps
            of the coarsest map need more of them (`coarser`). `d_fine` has its own.
        score_threshold: What scores less is not reported.
        max_objects: The most objects that are reported of a picture.
        overlap: Of boxes of one class whose intersection over union is larger, only the surest is reported.
            `d_fine` finds no object twice and does not use it.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones. The head of `d_fine` is all that turns its maps into boxes.

    Returns:
        The description of an untrained model.
    """
    if isinstance(backbone, DFine):
        _refuse(decoder)
        return Model(
            task=ObjectDetection.name,
            backbone=backbone,
            head=QueryHead(score_threshold=score_threshold, max_objects=max_objects),
            tune=tune,
        )
    return Model(
        task=ObjectDetection.name,
        backbone=backbone,
        decoder=decoder or PyramidDecoder(finest=4, coarser=1),
        head=BoxHead(score_threshold=score_threshold, max_objects=max_objects, overlap=overlap),
        tune=tune,
    )


def _refuse(decoder: Decoder | None) -> None:
    if decoder is not None:
        raise InvalidData.of(
            "d_fine brings its own decoder",
            code="I395",
            expected="no decoder",
            got=decoder.type,
            fix="Remove decoder, or choose another backbone",
        )
