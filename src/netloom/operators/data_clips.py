"""Which frames of videos are learned from."""

from __future__ import annotations

from netloom.core.tasks import VideoClassification
from netloom.data.transforms.clips import Clips, Frames, Sampling, Stride, Views
from netloom.data.view import Dataset
from netloom.graph.operator import operator


@operator(group="data")
def clips(
    dataset: Dataset[VideoClassification],
    *,
    frames: Frames = 8,
    sampling: Sampling = "segments",
    stride: Stride = 2,
    views: Views = 1,
) -> Dataset[VideoClassification]:
    """Choose how clips are cut out of videos.

    In training, frames are drawn anew in every epoch; everywhere else they are always the same. A video
    that is shorter than a clip gives all of its frames and repeats the last one. Transforms of images act
    on every frame of a clip alike: it is turned, cut and coloured as one. Without this node, clips are as
    its defaults say.

    Args:
        dataset: The videos.
        frames: Length of a clip. Time and memory of training grow with it.
        sampling: "segments" divides the whole video into as many equal parts and takes a frame of each: the
            first choice for videos of a few seconds that show one thing. "dense" takes neighbouring frames
            from one place: for long videos, and for quick movements.
        stride: With "dense", a clip takes every so many-th frame, and spans frames × stride.
        views: Clips of each video whose probabilities are averaged when a model is evaluated or predicts;
            with "dense", 3 to 10 are usual. The part valid, which training watches, always has one.
    """
    return dataset.with_transform(
        Clips(frames=frames, sampling=sampling, stride=stride, views=views)
    )
