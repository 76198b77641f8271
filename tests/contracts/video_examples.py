"""A small data set of videos, and the bodies for clips in a size that tests bear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from netloom.data.datasets import Samples, open_samples
from netloom.data.index import index_table, write_index
from netloom.data.transforms.clips import Clips
from netloom.data.video_reader import VideoFrames
from netloom.data.view import Dataset
from netloom.models.clip_spec import MeanOverTime, SpaceTimeNet, TemporalAttention, VideoMAE
from netloom.models.spec import ClipBody, ConvNet, FrameSequence

SMALL = ConvNet(widths=(4, 6), dropout=0.0)
BODIES: dict[str, ClipBody] = {
    "space_time": SpaceTimeNet(widths=(6, 8), dropout=0.0),
    "frames/mean": FrameSequence(images=SMALL, temporal=MeanOverTime(), dropout=0.0),
    "frames/convolution": FrameSequence(images=SMALL, dropout=0.0),
    "frames/attention": FrameSequence(
        images=SMALL, temporal=TemporalAttention(width=8, heads=2), dropout=0.0
    ),
    "videomae": VideoMAE(),
}
QUICK_BODIES = {kind: body for kind, body in BODIES.items() if kind != "videomae"}
"""Those that learn something in twenty large steps."""
COUNT, LENGTH = 14, 6


def brightening(folder: Path) -> Samples:
    """Folders of six frames that become lighter, become darker, or stay as they are."""
    rng = np.random.default_rng(0)
    for row in range(COUNT):
        for frame in range(LENGTH):
            level = (20 + 30 * frame, 170 - 30 * frame, 90)[row % 3]
            pixels = (rng.integers(0, 40, (8, 8)) + level).astype(np.uint8)
            path = folder / "media" / f"{row:02d}" / f"{frame}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    names = [f"{row:02d}" for row in range(COUNT)]
    table = index_table(
        ids=names,
        digests=names,
        paths=names,
        labels=[row % 3 for row in range(COUNT)],
        parts=["train"] * COUNT,
        sizes=[(8, 8)] * COUNT,
    )
    write_index(
        folder / "index.parquet",
        table.append_column("frames", pa.array([LENGTH] * COUNT, pa.int32())),
    )
    view: Dataset[Any] = Dataset(
        task="video_classification",
        index="work:index.parquet",
        media="work:media",
        media_kind="folder",
        labels=("lighter", "darker", "same"),
        channels=1,
    ).with_transform(Clips(frames=4))
    return open_samples(view, lambda place: folder / place.removeprefix("work:"), part="train")


def cut_short(samples: Samples) -> Samples:
    """As if every video had three frames only."""
    reader = samples.reader
    assert isinstance(reader, VideoFrames)
    shorter = VideoFrames(reader.folder, reader.paths, np.full(COUNT, 3), channels=1)
    return replace(samples, reader=shorter)
