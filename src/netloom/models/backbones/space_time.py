"""A small network whose convolutions see space and time.

Shape legend: N samples, T frames, C channels, H height, W width, D features.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from netloom.models.architecture import ClipInput
from netloom.models.clip_spec import SpaceTimeNet
from netloom.models.features import Features, blocks_of


class SpaceTimeFeatures(Features):
    """Stages of a convolution over pixels and one over time; frames are halved in between.

    Tran et al., 2018 (arXiv:1711.11248) split convolutions so. Whatever moves leaves its mark in the channels
    before places are averaged, which features of single frames cannot say of each other.

    Example:
        >>> import torch
        >>> clip = ClipInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,), frames=4)
        >>> SpaceTimeFeatures(SpaceTimeNet(widths=(4, 6)), clip)(torch.zeros(2, 4, 1, 8, 8)).shape
        torch.Size([2, 6])
    """

    def __init__(self, settings: SpaceTimeNet, clip: ClipInput) -> None:
        super().__init__()
        channels = (clip.channels, *settings.widths)
        self.stages = nn.Sequential(
            *(
                _stage(source, target, is_first=index == 0)
                for index, (source, target) in enumerate(pairwise(channels))
            )
        )
        self.width = settings.widths[-1]
        self.blocks = blocks_of(self, containers=("stages",))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Averages over time and places of the last stage's channels.

        Args:
            images_NCHW: Here normalised clips, ``(N, T, C, H, W)``.
        """
        maps: Tensor = self.stages(images_NCHW.transpose(1, 2))
        return maps.mean(dim=(2, 3, 4))


def _stage(source: int, target: int, *, is_first: bool) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv3d(source, target, kernel_size=(1, 3, 3), padding=(0, 1, 1), bias=False),
        nn.BatchNorm3d(target),
        nn.ReLU(inplace=True),
        nn.Conv3d(target, target, kernel_size=(3, 1, 1), padding=(1, 0, 0), bias=False),
        nn.BatchNorm3d(target),
        nn.ReLU(inplace=True),
    ]
    if not is_first:
        # ceil_mode keeps a side of one pixel alive, so any size of frames can be used.
        layers.insert(0, nn.MaxPool3d((1, 2, 2), ceil_mode=True))
    return nn.Sequential(*layers)
