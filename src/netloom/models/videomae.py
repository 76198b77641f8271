"""VideoMAE from the transformers library behind our own interface: clips in, features out.

Shape legend: N samples, T frames, C channels, H height, W width, P patches, D features.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.architecture import ClipInput
from netloom.models.clip_spec import VideoMAE
from netloom.models.features import Features
from netloom.models.transformers_library import library_settings, quiet
from netloom.models.video_presets import video_preset

MODEL_TYPE = "videomae"
_TUBELET = 2
_LARGEST_PATCH = 16
_PATCHES_PER_SIDE = 4


class VideoMAEFeatures(Features):
    """The library's encoder, the mean over its tokens, and the norm that its classifier has behind that.

    Args:
        settings: Resolved, or to be built afresh.
        clip: Length of the clips and size of their frames; no others are accepted.

    Raises:
        InvalidData: The clips cannot be cut into whole cubes.
    """

    def __init__(self, settings: VideoMAE, clip: ClipInput) -> None:
        super().__init__()
        architecture = fitted_video_architecture(
            settings.architecture or video_preset(settings.size), clip
        )
        self.model = video_model(architecture)
        described: Any = self.model.config
        self.width = int(described.hidden_size)
        self.norm = nn.LayerNorm(self.width)
        layers = self.model.get_submodule("encoder.layer")
        self.blocks = (
            "model.embeddings",
            *(f"model.encoder.layer.{name}" for name, _ in layers.named_children()),
            "norm",
        )

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Features of a batch of clips.

        Args:
            images_NCHW: Here normalised clips, ``(N, T, C, H, W)``.
        """
        states_NPD: Tensor = self.model(images_NCHW).last_hidden_state
        features_ND: Tensor = self.norm(states_NPD.mean(dim=1))
        return features_ND


def video_model(architecture: dict[str, Any]) -> nn.Module:
    """A freshly initialised ``VideoMAEModel``; draws from torch's global random stream.

    Raises:
        InvalidData: The library refuses the architecture.
    """
    from transformers import VideoMAEModel

    with quiet():
        model: nn.Module = VideoMAEModel(library_settings(architecture))
    return model


def fitted_video_architecture(architecture: dict[str, Any], clip: ClipInput) -> dict[str, Any]:
    """The architecture for clips of one length and size.

    Raises:
        InvalidData: They cannot be cut into whole cubes.

    Example:
        >>> clip = ClipInput(channels=1, height=32, width=32, mean=(0.5,), std=(0.5,), frames=8)
        >>> fitted_video_architecture({"model_type": "videomae"}, clip)["patch_size"]
        8
    """
    tubelet = int(architecture.get("tubelet_size", _TUBELET))
    patch = architecture.get("patch_size", _patch_size(clip))
    sides = patch if isinstance(patch, list | tuple) else (patch, patch)
    if clip.frames % tubelet or clip.height % sides[0] or clip.width % sides[1]:
        raise InvalidData.of(
            f"clips of {clip.frames} frames of {clip.width}×{clip.height} pixels (width×height) do not fit "
            "videomae",
            code="I392",
            expected=f"frames in multiples of {tubelet}, sides in multiples of {sides[0]}",
            fix="Set frames of data.clips, and put image.resize before training",
        )
    return {
        **architecture,
        "num_channels": clip.channels,
        "num_frames": clip.frames,
        "tubelet_size": tubelet,
        "patch_size": patch,
        "image_size": [clip.height, clip.width],
        "use_mean_pooling": True,  # the norm stands behind the mean, see above
    }


def _patch_size(clip: ClipInput) -> int:
    """The largest patch that divides the frames and leaves some of them."""
    side = min(clip.height, clip.width)
    for patch in range(min(_LARGEST_PATCH, side // _PATCHES_PER_SIDE), 1, -1):
        if clip.height % patch == clip.width % patch == 0:
            return patch
    return 1
