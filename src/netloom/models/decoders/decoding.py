"""What every decoder is: layers from the maps of a backbone to maps for a head.

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from netloom.models.decoder_spec import (
    Decoder,
    DeepLabDecoder,
    FusedPyramidDecoder,
    NAFDecoder,
    PyramidDecoder,
    RecurrentDecoder,
    SegFormerDecoder,
    SegNetDecoder,
    UNetDecoder,
)
from netloom.models.features import MapShape


class Decoding(nn.Module):
    """Turns feature maps, from the finest to the coarsest, into maps for a head.

    Attributes:
        gives: Channels and stride of each map it gives, from the finest to the coarsest.
    """

    gives: tuple[MapShape, ...]

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps of shape ``(N, C, H, W)``."""
        raise NotImplementedError


def build_decoder(decoder: Decoder, takes: Sequence[MapShape]) -> Decoding:
    """A freshly initialised decoder; draws from torch's global random stream.

    Args:
        takes: What the backbone gives, from the finest to the coarsest map.

    Example:
        >>> maps = (MapShape(8, 1), MapShape(16, 2))
        >>> build_decoder(UNetDecoder(width=4), maps).gives
        (MapShape(channels=4, stride=1),)
    """
    from netloom.models.decoders.deeplab import DeepLab
    from netloom.models.decoders.fused_pyramid import FusedPyramid
    from netloom.models.decoders.naf import NAFDecoding
    from netloom.models.decoders.pyramid import Pyramid
    from netloom.models.decoders.recurrent import Recurrent
    from netloom.models.decoders.segformer import SegFormer
    from netloom.models.decoders.segnet import SegNet
    from netloom.models.decoders.unet import UNet

    match decoder:
        case UNetDecoder():
            return UNet(decoder, takes)
        case PyramidDecoder():
            return Pyramid(decoder, takes)
        case FusedPyramidDecoder():
            return FusedPyramid(decoder, takes)
        case NAFDecoder():
            return NAFDecoding(decoder, takes)
        case RecurrentDecoder():
            return Recurrent(decoder, takes)
        case DeepLabDecoder():
            return DeepLab(decoder, takes)
        case SegNetDecoder():
            return SegNet(decoder, takes)
        case SegFormerDecoder():
            return SegFormer(decoder, takes)
