"""Numbers of the frames that make up a clip.

In training they are drawn; everywhere else they are always the same. A video shorter than a clip gives
all of its frames, and then the last one again and again.

Shape legend: T frames of a clip, V clips of a video.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from netloom.data.transforms.catalogue import Transform
from netloom.data.transforms.clips import Clips


def clips_of(transforms: Iterable[Transform]) -> Clips:
    """What transforms say about clips: the last word counts; without any, the defaults.

    >>> clips_of([Clips(frames=4), Clips(frames=16)]).frames, clips_of([]).frames
    (16, 8)
    """
    chosen = Clips()
    for transform in transforms:
        if isinstance(transform, Clips):
            chosen = transform
    return chosen


def span_of(clips: Clips) -> int:
    """Frames that a video needs so that none is repeated.

    >>> span_of(Clips(frames=4, sampling="dense", stride=3)), span_of(Clips(frames=4))
    (10, 4)
    """
    return (clips.frames - 1) * clips.stride + 1 if clips.sampling == "dense" else clips.frames


def drawn_frames(clips: Clips, num_frames: int, rng: Generator) -> NDArray[np.int64]:
    """Frames of a clip for training, int64 (T,).

    >>> drawn_frames(Clips(frames=3), 2, np.random.default_rng(0)).tolist()
    [0, 1, 1]
    """
    span = span_of(clips)
    if num_frames <= span:
        return _repeating(clips, num_frames)
    if clips.sampling == "dense":
        return int(rng.integers(num_frames - span + 1)) + _steps(clips)
    edges_T = np.arange(clips.frames + 1) * num_frames // clips.frames
    return rng.integers(edges_T[:-1], edges_T[1:])


def fixed_frames(clips: Clips, num_frames: int, *, views: int) -> NDArray[np.int64]:
    """Frames of clips spread evenly over a video, int64 (V, T).

    >>> fixed_frames(Clips(frames=4), 16, views=1).tolist()
    [[2, 6, 10, 14]]
    >>> fixed_frames(Clips(frames=3, sampling="dense", stride=2), 11, views=3).tolist()
    [[0, 2, 4], [3, 5, 7], [6, 8, 10]]
    """
    span = span_of(clips)
    if num_frames <= span:
        return np.tile(_repeating(clips, num_frames), (views, 1))
    if clips.sampling == "dense":
        room = num_frames - span
        starts_V = np.linspace(0, room, views) if views > 1 else np.array([room / 2])
        return starts_V.round().astype(np.int64)[:, None] + _steps(clips)
    edges_T = np.arange(clips.frames + 1) * num_frames // clips.frames
    lengths_T = edges_T[1:] - edges_T[:-1]
    shares_V1 = ((np.arange(views) + 0.5) / views)[:, None]
    return edges_T[:-1] + np.floor(shares_V1 * lengths_T).astype(np.int64)


def _steps(clips: Clips) -> NDArray[np.int64]:
    return np.arange(clips.frames) * clips.stride


def _repeating(clips: Clips, num_frames: int) -> NDArray[np.int64]:
    steps_T = _steps(clips) if clips.sampling == "dense" else np.arange(clips.frames)
    return np.minimum(steps_T, num_frames - 1)
