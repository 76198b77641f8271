"""Decoders as values: what turns the feature maps of a backbone into what a dense head needs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import Fraction, PositiveInt, Settings


class UNetDecoder(Settings):
    """Step by step to finer maps, each joined with the backbone's map of that size.

    Ronneberger, Fischer and Brox, 2015 (arXiv:1505.04597). Gives one map, as fine as the backbone's finest.

    Attributes:
        width: Channels of the finest map; coarser ones have twice as many per halving, at most eight times.
    """

    type: Literal["unet"] = "unet"
    width: PositiveInt = 32


class PyramidDecoder(Settings):
    """Maps of several sizes with equally many channels, each told what the coarser ones saw.

    Lin et al., 2017 (arXiv:1612.03144).

    Attributes:
        width: Channels of every map.
        coarser: Maps added beyond the backbone's coarsest, each half as large as the one before.
        finest: Pixels of the picture between places of the finest map that is used; finer ones of the
            backbone are left out. If all are finer, the coarsest is used.
    """

    type: Literal["pyramid"] = "pyramid"
    width: PositiveInt = 64
    coarser: Annotated[int, Field(ge=0, le=3)] = 0
    finest: PositiveInt = 1


class FusedPyramidDecoder(Settings):
    """A pyramid whose maps are enlarged to the finest and joined into one.

    As in Liao et al., 2020 (arXiv:1911.08947). Gives one map that knows fine places and wide surroundings.

    Attributes:
        width: Channels of every map of the pyramid, and of the one that it gives.
        finest: Pixels of the picture between places of the finest map that is used; finer ones of the
            backbone are left out. If all are finer, the coarsest is used.
    """

    type: Literal["fused_pyramid"] = "fused_pyramid"
    width: PositiveInt = 64
    finest: PositiveInt = 4


class NAFDecoder(Settings):
    """Step by step to finer maps in the manner of NAFNet: enlarged, added to the backbone's map, refined.

    Chen, Chu, Zhang and Sun, 2022 (arXiv:2204.04676). Gives one map, as fine as the backbone's finest.

    Attributes:
        blocks: Blocks per map.
    """

    type: Literal["naf"] = "naf"
    blocks: PositiveInt = 1


class RecurrentDecoder(Settings):
    """Reads the strips of a line in both directions with a recurrent network (LSTM).

    Shi, Bai and Yao, 2015 (arXiv:1507.05717). Gives one map of a single row.

    Attributes:
        width: Units of the recurrent network in each direction.
        layers: Recurrent layers on top of one another.
        step: Pixels of the picture from one strip to the next: the least distance of two characters. Finer
            maps of the backbone are left out; if all are finer, the coarsest is used.
        rows: Parts of the height of a strip that are told apart.
    """

    type: Literal["recurrent"] = "recurrent"
    width: PositiveInt = 64
    layers: Annotated[int, Field(ge=1, le=4)] = 1
    step: PositiveInt = 4
    rows: Annotated[int, Field(ge=1, le=16)] = 4


class DeepLabDecoder(Settings):
    """Looks at the backbone's coarsest map at several distances at once, and at the whole picture.

    Atrous spatial pyramid pooling of DeepLabV3: Chen, Papandreou, Schroff and Adam, 2017 (arXiv:1706.05587).
    Meant for a ResNet with `output_stride` 16 or 8, whose last map is finer. Gives one map, as fine as that.

    Attributes:
        width: Channels of each branch and of the map.
        rates: Distances of the three 3×3 branches, in places of the map: the paper's are 6, 12, 18 for
            an output stride of 16, and twice that for 8. Empty takes those that fit the backbone.
        dropout: Share of the channels that training switches off at random after the branches are joined.
    """

    type: Literal["deeplab"] = "deeplab"
    width: PositiveInt = 256
    rates: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    dropout: Fraction = 0.5


class SegNetDecoder(Settings):
    """Enlarges step by step by putting values back to where the backbone's pooling found its maxima.

    Badrinarayanan, Kendall and Cipolla, 2015 (arXiv:1511.00561). For backbones that halve by pooling: `vgg`
    (the paper's, with depth 16) and `convnet`. Gives one map, as fine as the backbone's finest.

    Attributes:
        convolutions: After each enlargement; the paper has as many as the encoder's stage.
    """

    type: Literal["segnet"] = "segnet"
    convolutions: Annotated[int, Field(ge=1, le=4)] = 2


class SegFormerDecoder(Settings):
    """Brings every map of the backbone to the finest one's size and mixes their channels, nothing else.

    Xie et al., 2021 (arXiv:2105.15203). Meant for the family `segformer`, whose attention has looked around
    already. A checkpoint of a whole SegFormer fills it too, if `width` is the checkpoint's.

    Attributes:
        width: Channels of each map and of the one that it gives. Published are 256 for b0 and b1, 768 for
            b2 to b5.
        dropout: Share of the numbers that training switches off at random before the head.
    """

    type: Literal["segformer"] = "segformer"
    width: PositiveInt = 256
    dropout: Fraction = 0.1


Decoder = Annotated[
    UNetDecoder
    | PyramidDecoder
    | FusedPyramidDecoder
    | NAFDecoder
    | RecurrentDecoder
    | DeepLabDecoder
    | SegNetDecoder
    | SegFormerDecoder,
    Field(discriminator="type"),
]
"""The part of a network between a backbone and a head that speaks of places."""

PixelDecoder = Annotated[
    UNetDecoder
    | PyramidDecoder
    | FusedPyramidDecoder
    | DeepLabDecoder
    | SegNetDecoder
    | SegFormerDecoder,
    Field(discriminator="type"),
]
"""Those whose finest map a head for pixels can use."""
