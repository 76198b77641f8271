"""How fast clips are fed, beside a bare loop that decodes the same videos with PyAV. CPU time, one thread.

Claim: at least 0.8 times as many clips a second as a loop that opens each file and decodes until it has the
frames of the clip, converts them and stacks them.

    python benchmarks/clip_feeding.py [--repetitions 5]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pyarrow as pa
from peers import row

from netloom.data.clip_loaders import ClipLoader
from netloom.data.clip_sampling import fixed_frames
from netloom.data.datasets import Samples, open_samples
from netloom.data.index import index_table, write_index
from netloom.data.transforms.clips import Clips
from netloom.data.view import Dataset

WIDTH, HEIGHT, BATCH_SIZE = 320, 240, 8
CASES = {
    "60 frames, 8 of all": (60, Clips(frames=8)),
    "300 frames, 8 of all": (300, Clips(frames=8)),
    "300 frames, 8 neighbours": (300, Clips(frames=8, sampling="dense", stride=2)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as name:
        for case, (length, clips) in CASES.items():
            for result in feeding(
                Path(name, case), case, length, clips, repetitions=options.repetitions
            ):
                print(json.dumps(result), flush=True)


def feeding(
    folder: Path, case: str, length: int, clips: Clips, *, repetitions: int, num_videos: int = 16
) -> Iterator[dict[str, Any]]:
    samples, files = written(folder, length, clips, num_videos)
    numbers = fixed_frames(clips, length, views=1)[0].tolist()
    loader = ClipLoader(samples, batch_size=BATCH_SIZE, shuffle=False, seed=0, cache_mb=0)
    for batch, expected in zip(loader.epoch(0), bare(files, numbers), strict=True):
        assert np.array_equal(batch.clips_NVTCHW[:, 0].permute(0, 1, 3, 4, 2).numpy(), expected)
    ours, theirs = [], []
    for _ in range(repetitions):
        for times, batches in ((ours, loader.epoch(0)), (theirs, bare(files, numbers))):
            start = time.process_time()
            count = sum(1 for _ in batches) * BATCH_SIZE
            times.append(count / (time.process_time() - start))
    yield row(f"{case}: clips fed", ours, "clips/s")
    yield row(f"{case}: bare PyAV loop", theirs, "clips/s")
    yield row(f"{case}: ours beside it", [a / b for a, b in zip(ours, theirs, strict=True)], "")


def bare(files: list[Path], numbers: list[int]) -> Iterator[np.ndarray]:
    """Open each file, decode until its last frame is there, convert what is wanted, stack."""
    wanted = set(numbers)
    for first in range(0, len(files), BATCH_SIZE):
        clips = []
        for file in files[first : first + BATCH_SIZE]:
            frames = []
            with av.open(str(file)) as container:
                container.streams.video[0].codec_context.thread_count = 1
                for number, frame in enumerate(container.decode(video=0)):
                    if number in wanted:
                        frames.append(frame.to_ndarray(format="rgb24"))
                    if number == numbers[-1]:
                        break
            clips.append(np.stack(frames))
        yield np.stack(clips)


def written(folder: Path, length: int, clips: Clips, num_videos: int) -> tuple[Samples, list[Path]]:
    """H.264 videos with a key frame every 30 frames, of blurred noise that drifts."""
    (folder / "videos").mkdir(parents=True)
    files = [folder / "videos" / f"{number}.mp4" for number in range(num_videos)]
    for number, file in enumerate(files):
        coarse = np.random.default_rng(number).integers(0, 256, (24, 64, 3), dtype=np.uint8)
        scene = cv2.resize(coarse, (2 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        with av.open(str(file), "w") as container:
            stream: Any = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.codec_context.gop_size = 30
            for step in range(length):
                pixels = np.ascontiguousarray(scene[:, step % WIDTH : step % WIDTH + WIDTH])
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
    names = [file.name for file in files]
    table = index_table(ids=names, digests=names, paths=names, sizes=[(WIDTH, HEIGHT)] * num_videos)
    lengths = pa.array([length] * num_videos, pa.int32())
    write_index(folder / "index.parquet", table.append_column("frames", lengths))
    view: Dataset[Any] = Dataset(
        task="video_classification",
        index="work:index.parquet",
        media="work:videos",
        media_kind="folder",
        labels=(),
        transforms=(clips,),
    )
    samples = open_samples(view, lambda place: folder / place.removeprefix("work:"), labelled=False)
    return samples, files


if __name__ == "__main__":
    main()
