"""Models that give each video one label."""

from __future__ import annotations

from pathlib import Path

from netloom.core.tasks import VideoClassification
from netloom.graph.operator import operator
from netloom.models.clip_spec import SpaceTimeNet
from netloom.models.pretrained_folder import pretrained_identity
from netloom.models.spec import ClipBody, Model, Tune


def _identity(*, backbone: ClipBody, project: Path, **_: object) -> str:
    """Of the weights that it starts from; empty if it starts afresh."""
    revision = getattr(getattr(backbone, "images", backbone), "revision", None)
    return pretrained_identity(backbone.pretrained, revision=revision, project=project)


@operator(group="models", identity=_identity)
def video_classifier(
    *,
    backbone: ClipBody = SpaceTimeNet(),
    tune: Tune = "all",
) -> Model[VideoClassification]:
    """A network that gives each video one label.

    The labels, the length of clips (`data.clips`) and the size of frames come from the data it is trained on.
    Which one for what:

    - `space_time` sees movement, wherever in the frame it happens. It is small and quick: it learns a
      thousand clips of 32 pixels in a few minutes on two cores, and is the first choice without pretrained
      weights.
    - `frames` looks at each frame with a network for pictures, which may be pretrained or come from a
      trained classifier of pictures (`start_from`), such as `images: {type: resnet, depth: 18}`: the first
      choice where what is shown matters more than how it moves, and for few videos. `temporal: {type: mean}`
      does not see the order of frames, `convolution` sees what changes between them, `attention` the whole
      clip.
    - `videomae` is a transformer. Take it pretrained (`MCG-NJU/videomae-base`, 16 frames of 224 pixels) and
      with a GPU; its size `micro` is for trying it out on a CPU.

    Memory and time grow with the frames of a clip: a step of `frames` costs what one of a classifier of
    pictures costs with as many times larger batches.

    Args:
        backbone: The part that turns a clip into features.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones.

    Returns:
        The description of an untrained model.
    """
    return Model(task=VideoClassification.name, backbone=backbone, tune=tune)
