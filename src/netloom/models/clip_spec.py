"""Parts of networks for clips of videos, as values. Torch-free."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from netloom.core.settings import Fraction, NonEmptyText, PositiveInt, Settings
from netloom.models.checkpoint_revision import revision_of_something
from netloom.models.video_presets import VideoSize


class MeanOverTime(Settings):
    """The mean over the frames, whatever their order: Temporal Segment Networks (arXiv:1608.00859)."""

    type: Literal["mean"] = "mean"


class TemporalConvolution(Settings):
    """Convolutions along time, each with a shortcut, then the mean: sees order and direction.

    Attributes:
        layers: How many; each looks ``kernel`` frames wide.
        kernel: Frames that a convolution sees at once, odd.
        width: Channels along time.
    """

    type: Literal["convolution"] = "convolution"
    layers: PositiveInt = 2
    kernel: Literal[3, 5, 7] = 3
    width: PositiveInt = 128


class TemporalAttention(Settings):
    """A small transformer over the frames, with learned places in time: sees order across a whole clip.

    Attributes:
        layers: How many.
        heads: Of attention; they divide ``width``.
        width: Numbers for each frame.
    """

    type: Literal["attention"] = "attention"
    layers: PositiveInt = 2
    heads: PositiveInt = 4
    width: PositiveInt = 128

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> TemporalAttention:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} cannot be shared among {self.heads} heads")
        return self


Temporal = Annotated[
    MeanOverTime | TemporalConvolution | TemporalAttention, Field(discriminator="type")
]
"""What makes one vector of the features of a clip's frames."""


class SpaceTimeNet(Settings):
    """A small network whose convolutions see space and time, in the manner of R(2+1)D.

    Sees movement wherever in the frame it happens; learns clips of 16 to 112 pixels on a CPU.

    Attributes:
        widths: Channels of each stage. Frames are halved between stages; their number stays.
        dropout: Share of the features that training switches off at random before the head.
    """

    type: Literal["space_time"] = "space_time"
    widths: Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=8)] = (16, 32, 64)
    dropout: Fraction = 0.1

    @property
    def pretrained(self) -> None:
        """Nobody has published weights of it."""
        return None


class VideoMAE(Settings):
    """A transformer over little cubes of a clip.

    Tong, Song, Wang and Wang, 2022 (arXiv:2203.12602), as the transformers library has it. Learns well from
    pretrained weights, and badly from a few hundred videos without.

    Attributes:
        size: How large a fresh network is: `micro` learns clips of 16 to 64 pixels on a CPU; the others are
            the published ones. A pretrained one brings its own size.
        pretrained: Name on the hub, such as `MCG-NJU/videomae-base`, or a local folder with `config.json` and
            weights; empty starts afresh.
        revision: Branch, tag or commit on the hub; empty takes the newest.
        dropout: Share of the features that training switches off at random before the head.
        architecture: The content of `config.json`. Filled in when training starts, so that a trained
            model can be opened without the hub; not meant to be written by hand.
    """

    type: Literal["videomae"] = "videomae"
    size: VideoSize = "micro"
    pretrained: NonEmptyText | None = None
    revision: NonEmptyText | None = None
    dropout: Fraction = 0.0
    architecture: dict[str, Any] | None = None

    _check_revision = model_validator(mode="after")(revision_of_something)
